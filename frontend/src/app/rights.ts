/**
 * What whoever is signed in may do, by the names in `people/permissions.py`. The server decides; here it only keeps out
 * of sight what would be refused.
 */
import type { Me } from '../api/types';
import { useSession } from './session';

export type Permission =
  | 'calls.read'
  | 'calls.make'
  | 'calls.monitor'
  | 'presence.manage'
  | 'contacts.read'
  | 'contacts.write'
  | 'contacts.delete'
  | 'contacts.import'
  | 'contacts.export'
  | 'numbers.reveal'
  | 'people.read'
  | 'people.manage'
  | 'tokens.manage'
  | 'audit.read'
  | 'pbx.read'
  | 'settings.manage';

export function may(me: Me, permission: Permission): boolean {
  return me.permissions.includes(permission);
}

export function useMay(): (permission: Permission) => boolean {
  const { me } = useSession();
  return (permission) => may(me, permission);
}
