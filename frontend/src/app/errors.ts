/** What went wrong, what it means for the caller and what to do, by the server's stable `error_id`. */
import { Refused } from '../api/http';
import type { ErrorId } from '../api/types';
import type { Words } from '../i18n';
import { settingWords } from './settings-errors';

const REASON_NAMES = [
  'blocked',
  'caller_id_foreign',
  'compressed',
  'damaged',
  'database',
  'empty',
  'letters',
  'no_calls',
  'no_mailboxes',
  'no_number',
  'no_phone_there',
  'no_queue_log',
  'no_sheet',
  'no_such_device',
  'no_text',
  'old_workbook',
  'own_phone',
  'pbx_unknown',
  'queue_log',
  'queue_unknown',
  'spreadsheet',
  'to_itself',
  'too_late',
  'utf16',
  'workbook_too_large',
  'wrong_encoding',
  'wrong_separator',
  'zone_unknown',
] as const;

const HINDRANCES = [
  'not_supported',
  'link_down',
  'permission_missing',
  'phone_cannot',
  'wrong_state',
  'not_in_call',
  'no_dialplan',
  'no_transfer_option',
] as const;

/** Null: said below, with what the answer holds. */
const WORDS = {
  invalid_request: 'invalid_request',
  contact_invalid: 'contact_invalid',
  unsupported_media_type: 'invalid_request',
  too_large: 'too_large',
  too_many_found: 'too_many_found',
  number_invalid: 'number_invalid',
  plan_invalid: 'plan_invalid',
  sign_in_refused: 'sign_in_refused',
  not_signed_in: 'not_signed_in',
  csrf_mismatch: 'csrf_mismatch',
  foreign_origin: 'foreign_origin',
  not_allowed: 'not_allowed',
  settings_invalid: null,
  setup_done: 'setup_done',
  setup_code_wrong: 'setup_code_wrong',
  settings_fixed: 'settings_fixed',
  no_such_settings: 'not_found',
  call_log_unreadable: 'call_log_unreadable',
  call_import_invalid: 'call_import_invalid',
  import_unreadable: 'import_unreadable',
  import_mapping: 'import_mapping',
  import_state: 'import_state',
  import_piece: 'import_state',
  no_such_import: 'not_found',
  token_refused: 'not_signed_in',
  token_in_url: 'token_in_url',
  employee_invalid: 'employee_invalid',
  team_invalid: 'name_taken',
  role_invalid: 'name_taken',
  token_invalid: 'token_invalid',
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
  not_in_call: 'not_in_call',
  wrong_state: 'wrong_state',
  target_invalid: 'target_invalid',
  dial_refused: 'dial_refused',
  dialling_already: 'dialling_already',
  no_such_handover: 'not_found',
  no_such_request: 'not_found',
  idempotency_conflict: 'invalid_request',
  call_data_invalid: 'call_data_invalid',
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
  method_not_allowed: 'method_not_allowed',
  internal_error: 'internal_error',
  unexpected: null,
} as const satisfies Record<ErrorId, string | null>;

/** What a refusal names beside its `error_id`: `errors` has `{field: "reason", message: "utf16"}`. */
const REASONS = new Set<string>(REASON_NAMES);

function named(error: Refused, field: string): string | undefined {
  return error.problem.errors?.find((each) => each.field === field)?.message;
}

function isReason(reason: string | undefined): reason is (typeof REASON_NAMES)[number] {
  return reason !== undefined && REASONS.has(reason);
}

function isHindrance(name: string | undefined): name is (typeof HINDRANCES)[number] {
  return HINDRANCES.some((each) => each === name);
}

export function errorWords(t: Words, error: unknown): string {
  if (!(error instanceof Refused)) return t('errors.unexpected', { detail: String(error) });
  if (error.errorId === 'too_many_attempts')
    return t('errors.too_many_attempts', { count: error.retryAfterS ?? 60 });
  if (error.errorId === 'settings_invalid') return settingWords(t, error);
  const hindrance = named(error, 'service');
  if (error.errorId === 'wrong_state')
    return t(`control.hindrance.${isHindrance(hindrance) ? hindrance : 'wrong_state'}`);
  const reason = named(error, 'reason');
  if (isReason(reason)) return t(`errors.reasons.${reason}`);
  return idWords(t, error.errorId, error.problem.detail ?? error.problem.title);
}

/** By its id alone, as where one refusal of many stands in a list. */
export function idWords(t: Words, errorId: string, detail?: string | null): string {
  // A newer server may know errors that we don't.
  const words = (WORDS as Partial<Record<string, (typeof WORDS)[ErrorId]>>)[errorId];
  if (words && words !== 'wrong_state') return t(`errors.${words}`);
  return t('errors.unexpected', { detail: detail ?? errorId });
}
