import type { DeviceState, Presence } from '../../api/types';
import type { Words } from '../../i18n';

/** What a colleague's own state adds to their phone's: a pause with its reason, after-call work, not signed in. */
export function presenceWords(t: Words, presence: Presence | null | undefined): string | null {
  if (!presence || presence.state === 'ready' || presence.state === 'busy') return null;
  if (presence.state === 'not_ready' && presence.reason) return presence.reason;
  return t(`presence.state.${presence.state}`);
}

/** What a phone does now; with whom it is forwarded to, if that is known. */
export function stateWords(t: Words, state: DeviceState, to: string | null): string {
  return to === null ? t(`people.state.${state}`) : t('people.forwarded_to', { to });
}
