/** What the screen says of services: the verb on the button, why not, and what became of it. */
import type { Control, ServiceName } from '../../api/types';
import { errorWords } from '../../app/errors';
import type { Words } from '../../i18n';
import type { Ask } from './asked';

/** Why it was not done, in words. */
export function failureWords(t: Words, ask: Pick<Ask, 'reason' | 'detail' | 'error' | 'whom'>): string {
  if (ask.error) return errorWords(t, ask.error);
  if (ask.reason === 'refused' && ask.detail)
    return t('control.failure.refused_words', { words: ask.detail });
  return t(`control.failure.${ask.reason ?? 'unknown'}`, { whom: ask.whom });
}

/** A control of this service, if it makes sense now. */
export function controlOf(
  controls: readonly Control[] | undefined,
  ...services: ServiceName[]
): Control | undefined {
  const found = services.flatMap((service) => controls?.filter((each) => each.service === service) ?? []);
  return found.find((each) => each.hindrance === null) ?? found[0];
}
