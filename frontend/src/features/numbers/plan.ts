/** The section `[company]` as a form has it: an empty text is what the server calls nothing. */
import type { NumberingPlan, NumberRule, SettingsSection } from '../../api/types';

export interface Value {
  region: string;
  area_code: string;
  devices: string;
  national_prefix: string;
  international_prefix: string;
  outside_prefix: string;
  dial: NonNullable<NumberingPlan['dial']>;
  incoming: NumberRule[];
  outgoing: NumberRule[];
  language: 'ru' | 'en';
  number_places: boolean;
}

/** What may be left out; a prefix that is empty would mean that there is none. */
const OPTIONAL = ['area_code', 'national_prefix', 'international_prefix'] as const;

export function valueOf(kept: SettingsSection): Value {
  const values = kept.values as unknown as Value;
  const texts = Object.fromEntries(OPTIONAL.map((key) => [key, values[key] || ''])) as Partial<Value>;
  return { ...values, ...texts };
}

export function valuesOf(value: Value): Record<string, unknown> {
  return { ...value, ...Object.fromEntries(OPTIONAL.map((key) => [key, value[key].trim() || null])) };
}

export function planOf(value: Value): NumberingPlan {
  const plan = valuesOf(value);
  delete plan.language;
  delete plan.number_places;
  return plan as unknown as NumberingPlan;
}
