/**
 * The hand-over in the card. The receiver reads it while the phone rings: from whom, what it is about, who had the call,
 * what was already asked. The sender sees that it was read, taken, or came back and why.
 */
import { IconArrowBackUp, IconArrowForwardUp, IconCheck, IconChecks, IconClock } from '@tabler/icons-react';
import { Fragment, useMemo } from 'react';

import type { CallData, Handover, Pop } from '../../api/types';
import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { useWords, type Words } from '../../i18n';
import { useLive } from '../../live/store';
import { Avatar } from '../../ui/Avatar';
import { Moment } from '../../ui/Moment';
import { chain, freshest, received, sent } from './handovers';
import styles from './packet.module.css';

export function useHandovers(pop: Pop): Handover[] {
  const heard = useLive((state) => state.handovers);
  return useMemo(() => freshest(pop, heard), [pop, heard]);
}

export function whomWords(t: Words, to: Handover['to']): string {
  if (to.queue) return t('desk.from_queue', { queue: to.queue });
  if (to.employee_id === null && to.number) return formatPhone(to.number);
  // Where nobody sits, the name is the phone's own.
  return to.employee_id === null && to.device ? t('people.phone', { device: to.device }) : to.name;
}

/** What was handed to me. Null if nothing was. */
export function Packet({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const { me } = useSession();
  const handovers = useHandovers(pop);
  const packet = received(handovers, me);
  if (!packet) return null;
  const had = chain(handovers, me);
  return (
    <section className={styles.packet} aria-label={t('handover.packet')}>
      <header>
        <Avatar name={packet.from.name} size={32} />
        <p>
          <strong>{t('handover.from', { name: packet.from.name })}</strong>
          <small>
            <Moment at={packet.at} />
            {' · '}
            {t(`handover.kind.${packet.kind}`)}
          </small>
        </p>
      </header>
      {packet.note ? (
        <blockquote>{packet.note}</blockquote>
      ) : (
        <p className={styles.silent}>{t('handover.no_note')}</p>
      )}
      {packet.reason && <p className={styles.silent}>{packet.reason}</p>}
      {had.length > 2 && (
        <p className={styles.chain}>
          {t('handover.chain')}{' '}
          {had.map((name, place) => (
            <Fragment key={place}>
              {place > 0 && <span aria-hidden="true"> → </span>}
              <span>{name ?? t('handover.you')}</span>
            </Fragment>
          ))}
        </p>
      )}
    </section>
  );
}

/** What became of what I handed over. */
export function Sent({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const { me } = useSession();
  const packet = sent(useHandovers(pop), me);
  if (!packet) return null;
  const name = whomWords(t, packet.to);
  const Icon =
    packet.outcome === 'returned'
      ? IconArrowBackUp
      : packet.outcome === 'taken'
        ? IconChecks
        : IconArrowForwardUp;
  return (
    <section
      className={styles.sent}
      data-outcome={packet.outcome}
      aria-label={t('handover.sent')}
      role="status"
    >
      <Icon size={20} aria-hidden="true" />
      <div>
        <p>
          {/* While both are on the line, their panel says where the call is. */}
          <strong>
            {pop.consultation ? t('handover.note_for', { name }) : outcomeWords(t, packet, name)}
          </strong>
        </p>
        {packet.outcome !== 'cancelled' && packet.outcome !== 'abandoned' && (
          <p className={styles.read}>
            {packet.read_at ? (
              <>
                <IconCheck size={14} aria-hidden="true" /> {t('handover.read')} <Moment at={packet.read_at} />
              </>
            ) : (
              <>
                <IconClock size={14} aria-hidden="true" /> {t('handover.unread')}
              </>
            )}
          </p>
        )}
      </div>
    </section>
  );
}

export function outcomeWords(t: Words, packet: Handover, name: string): string {
  if (packet.outcome === 'returned')
    return packet.why
      ? t('handover.returned_why', { name, why: t(`control.failure.${packet.why}`, { whom: name }) })
      : t('handover.returned', { name });
  return t(`handover.outcome.${packet.outcome}`, { name });
}

/** What a machine or a colleague asked already: an account number keyed in, a language chosen. */
export function DataFacts({ data }: { data: CallData | undefined }) {
  const { t } = useWords();
  const items = Object.entries(data?.items ?? {});
  return items.map(([key, { value, by, at }]) => (
    <div key={key}>
      <dt>{key.replaceAll('_', ' ')}</dt>
      <dd className="figures">
        {value}
        <small>
          {' '}
          {by === 'pbx' ? t('handover.keyed_in') : by} <Moment at={at} />
        </small>
      </dd>
    </div>
  ));
}
