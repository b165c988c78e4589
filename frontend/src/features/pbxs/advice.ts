/** What to do about a link that is not as it should be: by its cause, in the reader's words. */
import type { Link } from '../../api/types';
import type { Words } from '../../i18n';
import { permissionWords } from './checks';

const REACH = ['unknown_host', 'closed', 'no_answer', 'no_way', 'silent', 'no_tls', 'certificate'] as const;
const CAUSES = [
  'ca_file',
  'hung_up',
  'not_answering',
  'broken',
  'not_ami',
  'denied',
  'no_challenge',
  'too_old',
  'unfit',
] as const;

export interface Advice {
  says: string;
  /** What is missing, one line each. */
  lacks: string[];
  /** What to do then. */
  then: string | null;
}

/** A connector that knows no cause, or a newer one, is helped by the state alone. */
export function adviceOf(
  t: Words,
  state: Link['state'],
  cause: string | null | undefined,
  about: readonly string[] = [],
): Advice {
  if (cause === 'permission_missing')
    return {
      says: t('pbxs.cause.permission_missing'),
      lacks: about.map((each) => permissionWords(t, each)),
      then: t('pbxs.cause.permission_where'),
    };
  const reach = REACH.find((each) => each === cause);
  const known = CAUSES.find((each) => each === cause);
  const says = reach
    ? t(`checks.reach.${reach}`)
    : known
      ? t(`pbxs.cause.${known}`, { about: about.join(', ') })
      : t(`pbxs.advice.${state}`);
  return { says, lacks: [], then: null };
}
