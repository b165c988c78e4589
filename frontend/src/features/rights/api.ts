/** People, roles, tokens and the audit trail, for the settings. */
import { ask, query } from '../../api/http';
import type { components } from '../../client/schema';

type Schemas = components['schemas'];
export type Staff = Schemas['Staff'];
export type Team = Schemas['Team'];
export type Role = Schemas['Role'];
export type Token = Schemas['Token'];
export type AuditEntry = Schemas['AuditEntry'];
export type KnownDevice = Schemas['KnownDevice'];
export type Hired = Schemas['EmployeeImportResult'];

interface Items<Item> {
  items: Item[];
}

const at = encodeURIComponent;

export const people = {
  staff: () => ask<Items<Staff>>('GET', '/staff'),
  hire: (who: Schemas['NewEmployee']) => ask<Staff>('POST', '/employees', who),
  change: (id: string, change: Schemas['EmployeeChange']) =>
    ask<Staff>('PUT', `/employees/${at(id)}`, change),
  password: (id: string, password: string) =>
    ask<undefined>('PUT', `/employees/${at(id)}/password`, { password }),
  inventory: (pbx: string) => ask<Items<KnownDevice>>('GET', `/pbxs/${at(pbx)}/inventory`),
  hireMany: (employees: Partial<Schemas['ImportedEmployee']>[]) =>
    ask<Hired>('POST', '/employees/import', { employees }),
  hireTable: (csv: string, dry_run: boolean) => ask<Hired>('POST', '/employees/import', { csv, dry_run }),

  teams: () => ask<Items<Team>>('GET', '/teams'),
  addTeam: (name: string) => ask<Team>('POST', '/teams', { name }),
  changeTeam: ({ team_id, ...team }: Team) => ask<Team>('PUT', `/teams/${at(team_id)}`, team),
  removeTeam: (id: string) => ask<undefined>('DELETE', `/teams/${at(id)}`),

  roles: () => ask<Items<Role>>('GET', '/roles'),
  addRole: (role: Schemas['NewRole']) => ask<Role>('POST', '/roles', role),
  changeRole: (id: string, role: Schemas['RoleChange']) => ask<Role>('PUT', `/roles/${at(id)}`, role),
  removeRole: (id: string) => ask<undefined>('DELETE', `/roles/${at(id)}`),

  tokens: (everybody: boolean) =>
    ask<Items<Token>>('GET', `/tokens${query({ everybody: String(everybody) })}`),
  addToken: (token: Schemas['NewToken']) => ask<Schemas['MadeToken']>('POST', '/tokens', token),
  revoke: (id: string) => ask<undefined>('DELETE', `/tokens/${at(id)}`),

  audit: (filter: { action?: string; employee_id?: string; before?: string | null; limit?: number }) =>
    ask<{ items: AuditEntry[]; next: string | null }>('GET', `/audit${query(filter)}`),
};

/** As they are shown: in the order of what they are about. */
export const PERMISSIONS = [
  'calls.read',
  'calls.make',
  'calls.monitor',
  'presence.manage',
  'contacts.read',
  'contacts.write',
  'contacts.delete',
  'contacts.import',
  'contacts.export',
  'numbers.reveal',
  'people.read',
  'people.manage',
  'tokens.manage',
  'audit.read',
  'pbx.read',
  'settings.manage',
] as const;
export type PermissionName = (typeof PERMISSIONS)[number];

type KeyOf<Name> = Name extends `${infer Room}.${infer What}` ? `${Room}_${What}` : never;

/** `calls.read` → `calls_read`, where its words are: `rights.permission.calls_read`. */
export function permissionKey<Name extends PermissionName>(name: Name): KeyOf<Name> {
  return name.replace('.', '_') as KeyOf<Name>;
}
