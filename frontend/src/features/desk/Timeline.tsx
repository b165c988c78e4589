/** What was before, newest first: calls of this number, what was agreed and what was ordered, in one line of time. */
import { IconNote, IconPackage } from '@tabler/icons-react';
import { useMemo, type ReactNode } from 'react';

import type { CallSummary, Contact, Note, Order, Pop } from '../../api/types';
import { formatMoney, localDate } from '../../format/time';
import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { OutcomeMark } from '../calls/OutcomeMark';
import { outcomeWords } from '../calls/words';
import { useFreshContact } from '../contacts/fresh';
import styles from './desk.module.css';

type Entry = { atMs: number; key: string } & (
  { kind: 'call'; call: CallSummary } | { kind: 'note'; note: Note } | { kind: 'order'; order: Order }
);

const SHOWN = 24;

export function entriesOf(pop: Pop, contact: Contact | null): Entry[] {
  const calls: Entry[] = (pop.last_calls ?? [])
    .filter((call) => call.call_id !== pop.call_id)
    .map((call) => ({ kind: 'call', call, key: call.call_id, atMs: Date.parse(call.started_at) }));
  const orders: Entry[] = (contact?.orders ?? []).map((order) => ({
    kind: 'order',
    order,
    key: `order ${order.number}`,
    atMs: order.date ? localDate(order.date) : 0,
  }));
  const notes: Entry[] = (contact?.notes ?? []).map((note) => ({
    kind: 'note',
    note,
    key: `note ${note.note_id}`,
    atMs: Date.parse(note.at),
  }));
  return [...calls, ...notes, ...orders].sort((a, b) => b.atMs - a.atMs).slice(0, SHOWN);
}

export function Timeline({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const contact = useFreshContact(pop.contact);
  const entries = useMemo(() => entriesOf(pop, contact), [pop, contact]);
  return (
    // Scrolled by itself, so also by keyboard.
    <section aria-labelledby="timeline" tabIndex={0}>
      <h2 id="timeline" className={styles.columnTitle}>
        {t('timeline.title')}
      </h2>
      {entries.length === 0 ? (
        <p className={styles.quiet}>{t('timeline.empty')}</p>
      ) : (
        <ol className={styles.timeline}>
          {entries.map((entry) => (
            <li key={entry.key}>
              <EntryLine entry={entry} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Line({
  icon,
  at,
  title,
  under,
}: {
  icon: ReactNode;
  at: ReactNode;
  title: ReactNode;
  under: ReactNode;
}) {
  return (
    <>
      {icon}
      <div>
        <p className={styles.timelineTop}>
          <span>{title}</span>
          {at}
        </p>
        {under && <p className={styles.timelineUnder}>{under}</p>}
      </div>
    </>
  );
}

function EntryLine({ entry }: { entry: Entry }) {
  const { t, language } = useWords();
  switch (entry.kind) {
    case 'call': {
      const { call } = entry;
      const who = [call.employee ?? call.device, call.queue && t('desk.from_queue', { queue: call.queue })];
      return (
        <Line
          icon={<OutcomeMark call={call} />}
          at={<Moment at={call.started_at} />}
          title={
            <>
              {t(`timeline.call.${call.direction}`)}
              {' · '}
              <span className="figures">{outcomeWords(t, call)}</span>
            </>
          }
          under={who.filter(Boolean).join(' · ')}
        />
      );
    }
    case 'note': {
      const { note } = entry;
      return (
        <Line
          icon={<IconNote size={18} stroke={1.75} aria-hidden="true" />}
          at={<Moment at={note.at} />}
          title={t('timeline.note', { author: note.author ?? '' })}
          under={note.text}
        />
      );
    }
    case 'order': {
      const { order } = entry;
      const money = order.total === null ? null : formatMoney(language, order.total, order.currency);
      return (
        <Line
          icon={<IconPackage size={18} stroke={1.75} aria-hidden="true" />}
          at={order.date && <Moment at={order.date} dateOnly />}
          title={t('timeline.order', { number: order.number })}
          under={[order.status, money].filter(Boolean).join(' · ')}
        />
      );
    }
  }
}
