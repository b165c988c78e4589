/** What went wrong, what it means for the caller and what to do, by the server's stable `error_id`. */
import { Refused } from '../api/http';
import type { ErrorId } from '../api/types';
import type { Words } from '../i18n';

/** Null: only the server's own sentence says more. */
const WORDS = {
  invalid_request: 'invalid_request',
  contact_invalid: 'invalid_request',
  unsupported_media_type: 'invalid_request',
  too_large: 'too_large',
  too_many_found: 'invalid_request',
  number_invalid: 'number_invalid',
  plan_invalid: 'invalid_request',
  sign_in_refused: 'sign_in_refused',
  not_signed_in: 'not_signed_in',
  csrf_mismatch: 'csrf_mismatch',
  foreign_origin: 'foreign_origin',
  not_allowed: 'not_allowed',
  settings_invalid: null,
  setup_done: 'setup_done',
  setup_code_wrong: 'setup_code_wrong',
  settings_fixed: null,
  no_such_settings: 'not_found',
  call_log_unreadable: 'call_log_unreadable',
  call_import_invalid: 'call_import_invalid',
  import_unreadable: null,
  import_mapping: null,
  import_state: 'import_state',
  import_piece: 'import_state',
  no_such_import: 'not_found',
  token_refused: 'not_signed_in',
  token_in_url: null,
  employee_invalid: 'employee_invalid',
  team_invalid: 'name_taken',
  role_invalid: 'name_taken',
  token_invalid: 'invalid_request',
  password_unfit: 'password_unfit',
  login_taken: 'login_taken',
  device_taken: 'device_taken',
  role_in_use: 'role_in_use',
  last_administrator: 'last_administrator',
  no_such_employee: 'not_found',
  no_such_team: 'not_found',
  no_such_role: 'not_found',
  no_such_token: 'not_found',
  not_found: 'not_found',
  no_such_call: 'not_found',
  no_such_contact: 'not_found',
  no_such_change: 'not_found',
  no_such_attachment: 'not_found',
  no_such_reminder: 'not_found',
  attachment_too_large: 'too_large',
  changed_meanwhile: 'changed_meanwhile',
  no_device: 'no_device',
  // The server's own sentence says which call, which phone, which number.
  not_in_call: null,
  wrong_state: null,
  target_invalid: null,
  dial_refused: null,
  dialling_already: null,
  no_such_handover: 'not_found',
  no_such_request: 'not_found',
  idempotency_conflict: 'invalid_request',
  call_data_invalid: 'invalid_request',
  call_data_too_large: 'too_large',
  unknown_reason: 'unknown_reason',
  not_after_call: 'not_after_call',
  service_not_supported: 'service_not_supported',
  pbx_refused: 'pbx_refused',
  pbx_unreachable: 'pbx_unreachable',
  storage_unavailable: 'storage',
  storage_refused: 'storage',
  storage_read_only: 'storage',
  storage_locked: 'storage',
  storage_full: 'storage',
  storage_corrupt: 'storage',
  storage_newer: 'storage',
  storage_too_old: 'storage',
  ledger_unavailable: 'storage',
  unreachable: 'unreachable',
  too_many_attempts: null,
  method_not_allowed: null,
  internal_error: null,
  unexpected: null,
} as const satisfies Record<ErrorId, string | null>;

/** What a refusal names beside its `error_id`: `errors` has `{field: "reason", message: "utf16"}`. */
const REASONS = [
  'compressed',
  'database',
  'empty',
  'no_calls',
  'no_queue_log',
  'pbx_unknown',
  'queue_log',
  'spreadsheet',
  'utf16',
  'zone_unknown',
] as const;

function reasonOf(error: Refused): (typeof REASONS)[number] | undefined {
  const said = error.problem.errors?.find(({ field }) => field === 'reason')?.message;
  return REASONS.find((each) => each === said);
}

export function errorWords(t: Words, error: unknown): string {
  if (!(error instanceof Refused)) return t('errors.unexpected', { detail: String(error) });
  if (error.errorId === 'too_many_attempts')
    return t('errors.too_many_attempts', { count: error.retryAfterS ?? 60 });
  const reason = reasonOf(error);
  if (reason) return t(`errors.reasons.${reason}`);
  // A newer server may know errors that we don't.
  const words = (WORDS as Partial<Record<string, (typeof WORDS)[ErrorId]>>)[error.errorId];
  if (words) return t(`errors.${words}`);
  return t('errors.unexpected', { detail: error.problem.detail ?? error.problem.title ?? error.errorId });
}
