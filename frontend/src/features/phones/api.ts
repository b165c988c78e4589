/** One's own phones, code and password. */
import { ask } from '../../api/http';
import type { components } from '../../client/schema';

type Schemas = components['schemas'];
export type OwnPhone = Schemas['OwnPhone'];
export type OwnPhones = Schemas['OwnPhones'];

export const FORWARDING_KINDS = ['always', 'busy', 'no_answer'] as const;
export type ForwardingKind = (typeof FORWARDING_KINDS)[number];

const at = encodeURIComponent;

export const phones = {
  own: () => ask<OwnPhones>('GET', '/session/phones'),
  signIn: (device: string) => ask<unknown>('POST', `/devices/${at(device)}/sign-in`, {}),
  signOut: (device: string) => ask<unknown>('DELETE', `/devices/${at(device)}/sign-in`),
  /** What becomes of it is told by the live channel: the state of the device. */
  disturb: (device: string, on: boolean) =>
    ask<unknown>('PUT', `/devices/${at(device)}/do-not-disturb`, { on }),
  /** Null ends it. */
  forward: (device: string, kind: ForwardingKind, to: string | null) =>
    ask<unknown>('PUT', `/devices/${at(device)}/forwarding`, { kind, to }),
  setCode: (code: string | null) => ask<OwnPhones>('PUT', '/session/sign-in-code', { code }),
  changePassword: (old: string, next: string) =>
    ask<Schemas['Me']>('PUT', '/session/password', { old, new: next }),
};
