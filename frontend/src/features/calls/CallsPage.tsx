/** The calls that last and the history, one list, newest first; a row opens what happened in it, in words. */
import { Button, SegmentedControl, Select, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useMemo } from 'react';

import { server } from '../../api/server';
import type { CallRecord } from '../../api/types';
import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { formatDuration } from '../../format/time';
import { useWords } from '../../i18n';
import { useConnection, useLive } from '../../live/store';
import { DataTable } from '../../ui/DataTable';
import { Moment } from '../../ui/Moment';
import { Empty, ErrorTrouble, Pill } from '../../ui/Words';
import { DialNumber } from '../dial/DialNumber';
import { CallDetails } from './CallDetails';
import styles from './calls.module.css';
import { MissedList, useMissedCount } from './Missed';
import { mergeCalls, tookPart, withinPages } from './merge';
import { OutcomeMark } from './OutcomeMark';
import { peopleOf, otherParty, outcomeKind, outcomeWords, partyNumber, partyWords } from './words';

const features = tableFeatures({});
const column = createColumnHelper<typeof features, CallRecord>();

export function CallsPage() {
  const { t } = useWords();
  const { me } = useSession();
  const navigate = useNavigate();
  const { device = null, call: chosen = null, list = null } = useSearch({ from: '/calls' });
  const missed = useMissedCount();
  const current = useLive((state) => state.calls);
  const recent = useLive((state) => state.recent);
  const devices = useLive((state) => state.devices);
  // What is heard live decides which calls and controls there are, and the history how wide the columns: shown one
  // after the other, they would push about what is being read.
  const known = useLive((state) => state.epoch !== null);
  const connection = useConnection();
  const waiting = !known && connection.state !== 'lost' && connection.state !== 'too_many';
  const asked = useInfiniteQuery({
    queryKey: ['calls', 'all', device],
    queryFn: ({ pageParam }) => server.calls({ limit: 50, before: pageParam, device }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchOnMount: 'always',
  });
  const paged = useMemo(() => asked.data?.pages.flatMap((page) => page.items) ?? [], [asked.data]);
  const data = useMemo(() => {
    const heard = [...recent, ...Object.values(current)].filter((call) => !device || tookPart(call, device));
    return mergeCalls(withinPages(heard, paged, !asked.hasNextPage), paged);
  }, [recent, current, paged, device, asked.hasNextPage]);
  const live = data.filter((call) => call.ended_at === null).length;

  const open = (callId: string | null): void =>
    void navigate({
      to: '/calls',
      search: { ...(device ? { device } : {}), ...(callId ? { call: callId } : {}) },
    });

  const columns = useMemo(
    () =>
      column.columns([
        column.display({
          id: 'outcome',
          header: t('calls.column.outcome'),
          cell: ({ row }) => (
            <span className={styles.outcome} data-kind={outcomeKind(row.original)}>
              <OutcomeMark call={row.original} />
              <span className="figures">{outcomeWords(t, row.original)}</span>
              {row.original.source === 'imported' && <Pill>{t('calls.imported')}</Pill>}
            </span>
          ),
        }),
        column.accessor('started_at', {
          header: t('calls.column.when'),
          cell: (cell) => <Moment at={cell.getValue()} />,
        }),
        column.display({
          id: 'who',
          header: t('calls.column.who'),
          cell: ({ row: { original: call } }) => {
            const party = otherParty(call);
            const name =
              call.contact?.name ?? (party.device && call.employees[party.device]) ?? partyWords(t, party);
            return (
              <button type="button" className={styles.open} onClick={() => open(call.call_id)}>
                {name}
                {call.contact?.organisation && <small> {call.contact.organisation}</small>}
              </button>
            );
          },
        }),
        column.display({
          id: 'number',
          header: t('calls.column.number'),
          cell: ({ row }) => {
            const number = partyNumber(otherParty(row.original));
            return number && <DialNumber number={number} by={{ call_id: row.original.call_id }} />;
          },
        }),
        column.display({
          id: 'dialled',
          header: t('calls.column.to'),
          cell: ({ row: { original: call } }) =>
            call.queue ??
            (call.direction === 'inbound' ? (
              <span className="figures">{formatPhone(partyNumber(call.called) ?? '')}</span>
            ) : (
              t(`calls.direction.${call.direction}`)
            )),
        }),
        column.display({
          id: 'people',
          header: t('calls.column.people'),
          cell: ({ row }) => peopleOf(t, row.original),
        }),
        column.display({
          id: 'waited',
          header: t('calls.column.waited'),
          cell: ({ row: { original: call } }) =>
            call.ended_at && <span className="figures">{formatDuration(call.wait_s + call.ring_s)}</span>,
        }),
      ]),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `open` differs only by the device, which is named
    [t, device],
  );
  const table = useTable({ features, columns, data, getRowId: (call) => call.call_id });
  const deviceNames = useMemo(() => {
    const names = new Map<string, string>();
    for (const own of me.devices) names.set(own, t('calls.my_phone', { device: own }));
    // An employee is shown the calls of the own devices only.
    if (me.role !== 'employee')
      for (const each of Object.values(devices))
        if (!names.has(each.device))
          names.set(each.device, each.employee ? `${each.device} · ${each.employee.name}` : each.device);
    if (device && !names.has(device)) names.set(device, device);
    return [...names].map(([value, label]) => ({ value, label }));
  }, [devices, device, me, t]);

  return (
    <div className={styles.page} data-waiting={waiting || undefined}>
      <div className={styles.bar}>
        <h1>{t('calls.title')}</h1>
        <p className={styles.live} role="status">
          {live > 0 ? t('calls.live', { count: live }) : t('calls.no_live')}
        </p>
        <SegmentedControl
          aria-label={t('missed.list')}
          size="xs"
          value={list ?? 'all'}
          onChange={(next) =>
            void navigate({ to: '/calls', search: next === 'missed' ? { list: 'missed' } : {} })
          }
          data={[
            { value: 'all', label: t('missed.all_calls') },
            {
              value: 'missed',
              label: missed > 0 ? t('missed.title_count', { count: missed }) : t('missed.title'),
            },
          ]}
        />
        {list === null && deviceNames.length > 1 && (
          <Select
            className={styles.filter}
            aria-label={t('calls.filter')}
            placeholder={t('calls.filter')}
            data={deviceNames}
            value={device}
            onChange={(next) => void navigate({ to: '/calls', search: next ? { device: next } : {} })}
            searchable
            clearable
            clearButtonProps={{ 'aria-label': t('calls.filter_off') }}
            limit={100}
            nothingFoundMessage={t('calls.no_phone')}
          />
        )}
      </div>
      {asked.isError && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {list === 'missed' ? (
        <MissedList />
      ) : asked.isPending && (asked.isFetching || data.length === 0) ? (
        <div className={styles.waiting}>
          {[0, 1, 2, 3, 4, 5].map((each) => (
            <Skeleton key={each} height={24} />
          ))}
        </div>
      ) : data.length > 0 ? (
        <DataTable
          table={table}
          label={t('calls.title')}
          narrow={['outcome', 'who', 'started_at']}
          fills="who"
          next={asked.hasNextPage ? () => void asked.fetchNextPage() : null}
          loading={asked.isFetchingNextPage}
          chosen={(call) => call.call_id === chosen}
          state={(call) => (outcomeKind(call) === 'ringing' ? 'ringing' : undefined)}
        />
      ) : (
        !asked.isError && (
          <Empty title={device ? t('calls.none_here', { device }) : t('calls.empty')}>
            <p>{t('calls.empty_help')}</p>
            {device && (
              <p>
                <Button
                  variant="default"
                  size="compact-sm"
                  onClick={() => void navigate({ to: '/calls', search: {} })}
                >
                  {t('calls.filter_off')}
                </Button>
              </p>
            )}
          </Empty>
        )
      )}
      {chosen && (
        <CallDetails
          callId={chosen}
          known={data.find((call) => call.call_id === chosen)}
          close={() => open(null)}
        />
      )}
    </div>
  );
}
