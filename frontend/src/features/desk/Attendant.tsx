/** What happens beside the screen when the phone rings: other pages, the ring, a notification. Only in the tab that leads. */
import { useEffect, useRef } from 'react';

import { useKeys } from '../../app/keys';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { toast } from '../../ui/toasts';
import { announcement } from './Announcer';
import { useLeader } from './leader';
import { mute, useMuted } from './muted';
import { openDue } from './opened';
import { usePops } from './pops';
import { ring } from './ringing';

export function canNotify(): boolean {
  return typeof Notification !== 'undefined' && Notification.permission === 'granted';
}

export function Attendant() {
  const { t } = useWords();
  const { me } = useSession();
  const leads = useLeader(me.employee_id);
  const pops = usePops();
  const preferences = useLive((state) => state.preferences);
  const loud = preferences.pop_when === 'on_ring';
  const ringing = pops.filter((pop) => pop.state === 'ringing' && pop.direction !== 'outbound');
  const muted = useMuted();
  const sounds = loud && preferences.ring_sound && ringing.some((pop) => !muted.has(pop.pop_id));
  const rings = leads && sounds;
  const notified = useRef(new Map<string, Notification>());

  useKeys(
    sounds
      ? {
          mute: () => {
            mute(ringing.map((pop) => pop.pop_id));
            toast(t('desk.muted'), () => mute([...muted]));
          },
        }
      : {},
  );

  useEffect(() => {
    document.documentElement.dataset.leads = String(leads);
  }, [leads]);

  useEffect(() => {
    if (leads) openDue(pops);
  }, [leads, pops]);

  useEffect(() => (rings ? ring() : undefined), [rings]);

  useEffect(() => {
    const shown = notified.current;
    const still = new Set(ringing.map((pop) => pop.pop_id));
    for (const [popId, notification] of shown)
      if (!still.has(popId)) {
        notification.close();
        shown.delete(popId);
      }
    if (!leads || !loud || !preferences.notify || !document.hidden || !canNotify()) return;
    for (const pop of ringing) {
      if (shown.has(pop.pop_id)) continue;
      const notification = new Notification(announcement(t, pop), { tag: pop.pop_id });
      notification.onclick = () => {
        window.focus();
        notification.close();
      };
      shown.set(pop.pop_id, notification);
    }
  });

  return null;
}
