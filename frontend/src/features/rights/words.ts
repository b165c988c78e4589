import { useWords } from '../../i18n';
import type { Role } from './api';

const BUILT_IN = ['employee', 'supervisor', 'admin'] as const;

/** What a role is called: those that are always there in the reader's language. */
export function useRoleName(): (role: Role | undefined) => string {
  const { t } = useWords();
  return (role) => {
    const known = BUILT_IN.find((each) => each === role?.role_id);
    return known ? t(`rights.built_in.${known}`) : (role?.name ?? '');
  };
}
