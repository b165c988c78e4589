/** In place, under the buttons: what is being done, and why something was not. */
import { IconAlertTriangle } from '@tabler/icons-react';

import type { ServiceName } from '../../api/types';
import { useWords } from '../../i18n';
import { isPending, type Ask } from './asked';
import { asked, useAsks } from './asking';
import styles from './control.module.css';
import { failureWords } from './words';

/** The state line, or a panel of its own, shows these. */
const SHOWN_ELSEWHERE: ReadonlySet<ServiceName> = new Set<ServiceName>(['MakeCall', 'GenerateDigits']);

/** The newest that is pending or failed. What was done is seen by itself. */
function worthSaying(asks: readonly Ask[], callId: string): Ask | undefined {
  const newest = asks.findLast((each) => each.callId === callId && !SHOWN_ELSEWHERE.has(each.service));
  return newest && newest.state !== 'done' ? newest : undefined;
}

export function AskLine({ callId }: { callId: string }) {
  const { t } = useWords();
  const ask = worthSaying(useAsks(), callId);
  return (
    <p className={styles.ask} role="status" data-failed={ask?.state === 'failed' || undefined}>
      {ask && isPending(ask) && t(`control.doing.${ask.service}`, { whom: ask.whom })}
      {ask?.state === 'failed' && (
        <>
          <IconAlertTriangle size={16} aria-hidden="true" />
          <span>
            {t('control.failed', { what: t(`control.does.${ask.service}`), why: failureWords(t, ask) })}
          </span>
          <button type="button" onClick={() => asked.forget(ask.slot)}>
            {t('common.close')}
          </button>
        </>
      )}
    </p>
  );
}
