/** How far the dialled calls are, in words, one line each; a failure stays until it is read. */
import { Button, CloseButton } from '@mantine/core';
import { IconAlertTriangle, IconPhoneOutgoing } from '@tabler/icons-react';
import { useEffect } from 'react';

import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { isPending, type Ask } from '../control/asked';
import { asked, askService, useAsks } from '../control/asking';
import { failureWords } from '../control/words';
import { place, useDialling, type Run } from './dial';
import styles from './progress.module.css';
import { ownPhoneRings, stepOf } from './progress';

const SHOWN = 3;
const DONE_STAYS_MS = 2500;

export function DialProgress() {
  const { t } = useWords();
  const { runs } = useDialling();
  const asks = useAsks().filter((ask) => ask.service === 'MakeCall' && ask.slot in runs);
  if (asks.length === 0) return null;
  return (
    <section className={styles.progress} aria-label={t('handling.dialling')} aria-live="polite">
      {asks.slice(-SHOWN).map((ask) => {
        const run = runs[ask.slot];
        return run && <Line key={ask.slot} ask={ask} run={run} />;
      })}
    </section>
  );
}

function Line({ ask, run }: { ask: Ask; run: Run }) {
  const { t } = useWords();
  const { me } = useSession();
  const pop = useLive((state) =>
    Object.values(state.pops).find((each) => each.call_id === ask.callId && me.devices.includes(each.device)),
  );
  const call = useLive((state) => state.calls[ask.callId]);
  const state = useLive(
    (each) => Object.values(each.devices).find((device) => device.device === run.device)?.state,
  );
  const step = stepOf(ask, pop, ownPhoneRings(run.device, call, state));
  const gone = step === 'talking' || step === 'over';
  useEffect(() => {
    if (!gone || isPending(ask)) return;
    const timer = setTimeout(() => asked.forget(ask.slot), DONE_STAYS_MS);
    return () => clearTimeout(timer);
  }, [gone, ask]);
  const number = pop?.contact?.name ?? pop?.colleague?.name ?? formatPhone(run.number);
  const device = run.device ?? '';
  const whom = ask.reason === 'phone_no_answer' ? device : number;
  return (
    <div className={styles.line} data-step={step}>
      {step === 'failed' ? (
        <IconAlertTriangle size={20} aria-hidden="true" />
      ) : (
        <IconPhoneOutgoing size={20} aria-hidden="true" />
      )}
      <p>
        <strong>{number}</strong>
        <span>
          {step === 'failed' ? failureWords(t, { ...ask, whom }) : t(`handling.step.${step}`, { device })}
        </span>
      </p>
      {step === 'failed' && (
        <Button size="compact-sm" variant="default" onClick={() => place(run, me, null)}>
          {t('handling.call_again')}
        </Button>
      )}
      {(step === 'own_phone' || step === 'calling') && run.device && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => askService(ask.callId, { service: 'ClearConnection', device })}
        >
          {t('common.cancel')}
        </Button>
      )}
      {!isPending(ask) && (
        <CloseButton size="sm" aria-label={t('common.close')} onClick={() => asked.forget(ask.slot)} />
      )}
    </div>
  );
}
