/** Why a setting cannot be taken, by the reason the server gives; the words come with the pages of the settings. */
import type { Refused } from '../api/http';
import type { Words } from '../i18n';

const REASONS = [
  'after_call_seconds',
  'area_code_form',
  'cannot_listen',
  'choices',
  'device_commas',
  'device_range',
  'hours',
  'key_form',
  'missing',
  'name_form',
  'no_beginning',
  'no_connector',
  'no_label',
  'no_mail_host',
  'no_origin',
  'no_queue',
  'no_way',
  'not_a_choice',
  'not_dialled',
  'not_positive',
  'number_wanted',
  'prefix_form',
  'reason_form',
  'reason_reserved',
  'region_unknown',
  'rule_digits',
  'rule_for_all',
  'rule_form',
  'secret_again',
  'secret_in_a_file',
  'text_wanted',
  'too_large',
  'too_small',
  'twice',
  'unknown_setting',
  'voicemail_form',
  'wrong_form',
  'wrong_type',
] as const;

/** The settings that have a name on the screen; others are called as the configuration file calls them. */
const FIELDS = [
  'allow',
  'area_code',
  'deadline_s',
  'desk_url',
  'devices',
  'host',
  'international_prefix',
  'name',
  'national_prefix',
  'outside_prefix',
  'password',
  'port',
  'region',
  'secret',
  'security',
  'sender',
  'type',
  'user',
] as const;

export function settingWords(t: Words, { problem }: Refused): string {
  const said = new Map((problem.errors ?? []).map(({ field, message }) => [field, message]));
  const key = (problem.errors ?? []).find(({ message }) => message === problem.detail)?.field ?? '';
  const named = FIELDS.find((each) => each === key);
  const reason = REASONS.find((each) => each === said.get('reason'));
  const values = { field: named ? t(`invalid_fields.${named}`) : key || '—', value: said.get('value') ?? '' };
  if (reason) return t(`invalid.${reason}`, values);
  const words = t('invalid.no_reason', values);
  return problem.detail ? `${words} ${t('errors.said', { detail: problem.detail })}` : words;
}
