/** Hears what became of what was asked, and says it: a failure always, success where it is not seen by itself. */
import { useEffect } from 'react';

import { server } from '../../api/server';
import type { ServiceName } from '../../api/types';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { toast } from '../../ui/toasts';
import { asked, onSettled } from './asking';
import { failureWords } from './words';

/** After these the call is gone from the screen, or nothing on it changes. */
const SAID_WHEN_DONE = ['DeflectCall', 'ParkCall', 'DirectedPickupCall', 'SingleStepConferenceCall'] as const;

function isSaid(service: ServiceName): service is (typeof SAID_WHEN_DONE)[number] {
  return (SAID_WHEN_DONE as readonly ServiceName[]).includes(service);
}

export function Outcomes() {
  const { t } = useWords();
  const services = useLive((state) => state.services);
  const epoch = useLive((state) => state.epoch);
  useEffect(() => {
    asked.heard(services);
    if (epoch === null) return;
    for (const ask of asked.unheard())
      void server.service(ask.callId, ask.requestId ?? '').then(
        (request) => asked.told(request),
        () => undefined, // Asked again with the next snapshot.
      );
  }, [services, epoch]);
  useEffect(
    () =>
      onSettled((ask) => {
        // What was dialled tells its own story (features/dial).
        if (ask.service === 'MakeCall') return;
        if (ask.state === 'failed')
          toast(t('control.failed', { what: t(`control.does.${ask.service}`), why: failureWords(t, ask) }));
        else if (ask.service === 'ParkCall' && ask.slotOfParked)
          toast(t('control.parked.said', { slot: ask.slotOfParked }));
        else if (isSaid(ask.service)) toast(t(`control.done.${ask.service}`, { whom: ask.whom }));
      }),
    [t],
  );
  return null;
}
