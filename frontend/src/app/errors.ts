/** What went wrong, what it means for the caller and what to do, by the server's stable `error_id`. */
import { Refused } from '../api/http';
import type { Words } from '../i18n';

const KNOWN = [
  'sign_in_refused',
  'too_many_attempts',
  'not_signed_in',
  'not_allowed',
  'csrf_mismatch',
  'foreign_origin',
  'changed_meanwhile',
  'not_found',
  'unreachable',
  'invalid_request',
  'no_device',
  'link_down',
  'service_refused',
  'service_not_supported',
] as const;

export function errorWords(t: Words, error: unknown): string {
  if (!(error instanceof Refused)) return t('errors.unexpected', { detail: String(error) });
  const known = KNOWN.find((each) => each === error.errorId);
  if (known === 'too_many_attempts') return t('errors.too_many_attempts', { count: error.retryAfterS ?? 60 });
  if (known) return t(`errors.${known}`);
  return t('errors.unexpected', { detail: error.problem.detail ?? error.problem.title ?? error.errorId });
}
