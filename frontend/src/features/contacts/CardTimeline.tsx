/** Everything that was with this card, in one line of time: calls, notes, orders, reminders, changes. */
import { Button, Skeleton } from '@mantine/core';
import { IconBell, IconBellCheck, IconNote, IconPackage, IconPencil } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';

import { server } from '../../api/server';
import type { CallRecord, CardChange, Contact, Note, Order, Reminder } from '../../api/types';
import { useSession } from '../../app/session';
import { formatMoney, localDate } from '../../format/time';
import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { ErrorTrouble } from '../../ui/Words';
import { CallRow } from '../calls/CallRow';
import styles from './contacts.module.css';
import { useFieldWords } from './History';
import lines from './timeline.module.css';

export type Entry = { atMs: number; key: string } & (
  | { kind: 'call'; call: CallRecord }
  | { kind: 'note'; note: Note }
  | { kind: 'order'; order: Order }
  | { kind: 'reminder'; reminder: Reminder }
  | { kind: 'change'; change: CardChange }
);

/** Newest first. `sinceMs` is how far back the calls are known: what is older waits until they are. */
export function entriesOf(
  contact: Pick<Contact, 'notes' | 'orders'>,
  calls: CallRecord[],
  reminders: Reminder[],
  changes: CardChange[],
  sinceMs: number,
): Entry[] {
  const entries: Entry[] = [
    ...calls.map((call) => ({
      kind: 'call' as const,
      call,
      key: call.call_id,
      atMs: Date.parse(call.started_at),
    })),
    ...contact.notes.map((note) => ({
      kind: 'note' as const,
      note,
      key: `note ${note.note_id}`,
      atMs: Date.parse(note.at),
    })),
    ...contact.orders.map((order) => ({
      kind: 'order' as const,
      order,
      key: `order ${order.number}`,
      atMs: order.date ? localDate(order.date) : 0,
    })),
    ...reminders.map((reminder) => ({
      kind: 'reminder' as const,
      reminder,
      key: `reminder ${reminder.reminder_id}`,
      atMs: Date.parse(reminder.done_at ?? reminder.due_at),
    })),
    ...changes.map((change) => ({
      kind: 'change' as const,
      change,
      key: `change ${change.change_id}`,
      atMs: Date.parse(change.at),
    })),
  ];
  return entries.filter((each) => each.atMs >= sinceMs).sort((a, b) => b.atMs - a.atMs);
}

export function CardTimeline({ contact }: { contact: Contact }) {
  const { t } = useWords();
  const { me } = useSession();
  const id = contact.contact_id;
  const asked = useInfiniteQuery({
    queryKey: ['calls', 'contact', id],
    queryFn: ({ pageParam }) => server.contactCalls(id, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const reminders = useQuery({
    queryKey: ['contact', id, 'reminders'],
    queryFn: () => server.remindersOf(id),
  });
  const changes = useQuery({
    queryKey: ['contact', id, 'changes', contact.version],
    queryFn: () => server.changesOf(id),
  });
  const entries = useMemo(() => {
    const calls = asked.data?.pages.flatMap((page) => page.items) ?? [];
    const last = calls.at(-1);
    const since = asked.hasNextPage && last ? Date.parse(last.started_at) : -Infinity;
    return entriesOf(contact, calls, reminders.data?.items ?? [], changes.data?.items ?? [], since);
  }, [contact, asked.data, asked.hasNextPage, reminders.data, changes.data]);
  const waiting = asked.isPending || reminders.isPending || changes.isPending;
  return (
    <section className={styles.sheet} aria-labelledby="timeline-of">
      <h2 id="timeline-of">{t('card.timeline')}</h2>
      {waiting && <Skeleton height={192} />}
      {asked.isError && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {!waiting && !asked.isError && entries.length === 0 && (
        <p className={styles.none}>{t('card.timeline_empty')}</p>
      )}
      {!waiting && (
        <ol className={lines.timeline}>
          {entries.map((entry) =>
            entry.kind === 'call' ? (
              <CallRow key={entry.key} call={entry.call} ours={me.devices} ofContact />
            ) : (
              <li key={entry.key} className={lines.line}>
                <EntryLine entry={entry} />
              </li>
            ),
          )}
        </ol>
      )}
      {asked.hasNextPage && (
        <Button
          variant="default"
          size="compact-sm"
          loading={asked.isFetchingNextPage}
          onClick={() => void asked.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
    </section>
  );
}

function Line({
  icon,
  title,
  under,
  at,
}: {
  icon: ReactNode;
  title: ReactNode;
  under: ReactNode;
  at: ReactNode;
}) {
  return (
    <>
      {icon}
      <div>
        <p>
          <span>{title}</span>
          {at}
        </p>
        {under && <p>{under}</p>}
      </div>
    </>
  );
}

function EntryLine({ entry }: { entry: Exclude<Entry, { kind: 'call' }> }) {
  const { t, language } = useWords();
  const fieldWords = useFieldWords();
  const looks = { size: 18, stroke: 1.75, 'aria-hidden': true } as const;
  switch (entry.kind) {
    case 'note':
      return (
        <Line
          icon={<IconNote {...looks} />}
          title={t('timeline.note', { author: entry.note.author ?? '' })}
          under={entry.note.text}
          at={<Moment at={entry.note.at} />}
        />
      );
    case 'order': {
      const { order } = entry;
      const money = order.total === null ? null : formatMoney(language, order.total, order.currency);
      return (
        <Line
          icon={<IconPackage {...looks} />}
          title={t('timeline.order', { number: order.number })}
          under={[order.status, money].filter(Boolean).join(' · ')}
          at={order.date && <Moment at={order.date} dateOnly />}
        />
      );
    }
    case 'reminder': {
      const { reminder } = entry;
      const Icon = reminder.done_at === null ? IconBell : IconBellCheck;
      return (
        <Line
          icon={<Icon {...looks} />}
          title={t(reminder.done_at === null ? 'card.to_remind' : 'card.reminded', {
            name: reminder.employee,
          })}
          under={reminder.text}
          at={<Moment at={reminder.done_at ?? reminder.due_at} />}
        />
      );
    }
    case 'change': {
      const { change } = entry;
      return (
        <Line
          icon={<IconPencil {...looks} />}
          title={`${t(`card.kind.${change.kind}`)} · ${change.author ?? t('card.by_program')}`}
          under={fieldWords(change)}
          at={<Moment at={change.at} />}
        />
      );
    }
  }
}
