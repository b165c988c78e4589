import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';

import { server } from '../../api/server';
import type { CallRecord } from '../../api/types';
import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { formatDuration, formatMoment } from '../../format/time';
import { useWords } from '../../i18n';
import { SidePanel } from '../../ui/SidePanel';
import { ErrorTrouble, Notice } from '../../ui/Words';
import { Supervise } from '../control/Supervise';
import { useDial } from '../dial/dial';
import styles from './calls.module.css';
import { tellCall } from './story';
import { otherParty, outcomeKind, partyNumber, partyWords } from './words';

interface Props {
  callId: string;
  /** The list has it already: nothing to wait for. */
  known: CallRecord | undefined;
  close: () => void;
}

export function CallDetails({ callId, known, close }: Props) {
  const { t } = useWords();
  const asked = useQuery({ queryKey: ['call', callId], queryFn: () => server.call(callId), enabled: !known });
  const call = known ?? asked.data;
  return (
    <SidePanel title={t('calls.details')} close={close}>
      {call ? (
        <Details call={call} />
      ) : asked.isError ? (
        <ErrorTrouble error={asked.error} />
      ) : (
        <Skeleton height={160} />
      )}
    </SidePanel>
  );
}

function Details({ call }: { call: CallRecord }) {
  const { t, language } = useWords();
  const { me } = useSession();
  const dial = useDial();
  const party = otherParty(call, me.devices);
  const number = partyNumber(party);
  const steps = useMemo(() => tellCall(t, call), [t, call]);
  const time = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'ru-RU', { timeStyle: 'medium' });
  const kind = outcomeKind(call);
  return (
    <div className={styles.details}>
      <div>
        <h2>
          {call.contact?.name ?? (party.device && call.employees[party.device]) ?? partyWords(t, party)}
        </h2>
        <p>{[call.contact?.organisation, number && formatPhone(number)].filter(Boolean).join(' · ')}</p>
      </div>
      <div className={styles.buttons}>
        {number && me.devices.length > 0 && (
          <Button onClick={() => dial(number, { call_id: call.call_id })}>
            {t('calls.call', { number: formatPhone(number) })}
          </Button>
        )}
        {call.contact && (
          <Button
            variant="default"
            component={Link}
            to={`/contacts/${encodeURIComponent(call.contact.contact_id)}`}
          >
            {t('desk.open_card')}
          </Button>
        )}
      </div>
      <Supervise call={call} />
      <dl className={styles.figures}>
        <div>
          <dt>{t('calls.column.outcome')}</dt>
          <dd>
            {kind === 'talked'
              ? t('calls.outcome.answered')
              : kind === 'live' || kind === 'ringing'
                ? t('calls.outcome.lasting')
                : kind === 'missed'
                  ? t('calls.outcome.missed')
                  : t(`calls.outcome.${call.disposition ?? 'failed'}`)}
          </dd>
        </div>
        <div>
          <dt>{t('calls.talk')}</dt>
          <dd>{formatDuration(call.talk_s)}</dd>
        </div>
        <div>
          <dt>{t('calls.hold')}</dt>
          <dd>{formatDuration(call.hold_s)}</dd>
        </div>
        <div>
          <dt>{t('calls.ring')}</dt>
          <dd>{formatDuration(call.ring_s)}</dd>
        </div>
        <div>
          <dt>{t('calls.wait')}</dt>
          <dd>{formatDuration(call.wait_s)}</dd>
        </div>
      </dl>
      {call.source === 'imported' ? (
        <Notice>{t('calls.imported_help')}</Notice>
      ) : (
        !call.complete && <Notice>{t('calls.incomplete')}</Notice>
      )}
      {call.conference && <p>{t('calls.conference')}</p>}
      <h3>{t('calls.what_happened', { day: formatMoment(language, call.started_at) })}</h3>
      <ol className={styles.story}>
        {steps.map((step, index) => (
          <li key={index}>
            <time dateTime={step.at}>{time.format(new Date(step.at))}</time>
            <span>{step.text}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
