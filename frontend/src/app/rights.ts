/**
 * What whoever is signed in may do, by the names in `people/permissions.py`. The server decides; here it only keeps out
 * of sight what would be refused.
 */
import type { Me, Role } from '../api/types';
import { useSession } from './session';

export type Permission =
  | 'calls.read'
  | 'calls.make'
  | 'contacts.read'
  | 'contacts.write'
  | 'contacts.delete'
  | 'contacts.import'
  | 'contacts.export'
  | 'people.read'
  | 'people.manage'
  | 'tokens.manage'
  | 'audit.read'
  | 'pbx.read'
  | 'settings.manage';

const EMPLOYEE: Permission[] = ['calls.read', 'calls.make', 'contacts.read', 'contacts.write', 'people.read'];

/** For a server that does not yet say the permissions themselves. */
const OF_ROLE: Record<Role, readonly Permission[] | 'all'> = {
  employee: EMPLOYEE,
  supervisor: [...EMPLOYEE, 'contacts.delete', 'contacts.import', 'contacts.export', 'pbx.read'],
  admin: 'all',
};

export function may(me: Me & { permissions?: readonly string[] }, permission: Permission): boolean {
  if (me.permissions) return me.permissions.includes(permission);
  const allowed = OF_ROLE[me.role];
  return allowed === 'all' || allowed.includes(permission);
}

export function useMay(): (permission: Permission) => boolean {
  const { me } = useSession();
  return (permission) => may(me, permission);
}
