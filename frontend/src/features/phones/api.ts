/** One's own phones, code and password. */
import { ask } from '../../api/http';
import type { components } from '../../client/schema';

type Schemas = components['schemas'];
export type OwnPhone = Schemas['OwnPhone'];
export type OwnPhones = Schemas['OwnPhones'];

const at = encodeURIComponent;

export const phones = {
  own: () => ask<OwnPhones>('GET', '/session/phones'),
  signIn: (device: string) => ask<unknown>('POST', `/devices/${at(device)}/sign-in`, {}),
  signOut: (device: string) => ask<unknown>('DELETE', `/devices/${at(device)}/sign-in`),
  setCode: (code: string | null) => ask<OwnPhones>('PUT', '/session/sign-in-code', { code }),
  changePassword: (old: string, next: string) =>
    ask<Schemas['Me']>('PUT', '/session/password', { old, new: next }),
};
