/** Callers whom nobody answered, one line each, until somebody talks with them or says that it is done. */
import { Button, NativeSelect, Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { server } from '../../api/server';
import type { MissedCaller } from '../../api/types';
import { errorWords } from '../../app/errors';
import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import { useDial } from '../dial/dial';
import { DialNumber } from '../dial/DialNumber';
import { rosterOf } from '../people/roster';
import styles from './calls.module.css';

export function useMissedCount(): number {
  return useLive((state) => Object.keys(state.missed).length);
}

export function MissedList() {
  const { t } = useWords();
  const live = useLive((state) => state.missed);
  const asked = useQuery({
    queryKey: [
      'missed',
      Object.values(live)
        .map((each) => `${each.missed_id} ${each.times} ${each.assignee?.employee_id ?? ''}`)
        .join(),
    ],
    queryFn: server.missed,
    placeholderData: (before) => before,
    staleTime: 0,
  });
  if (asked.isError) return <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />;
  if (asked.isPending) return <Skeleton height={96} />;
  if (asked.data.items.length === 0) return <p className={styles.quiet}>{t('missed.nobody')}</p>;
  return (
    <ul className={styles.missed}>
      {asked.data.items.map((caller) => (
        <li key={caller.missed_id}>
          <MissedRow caller={caller} />
        </li>
      ))}
    </ul>
  );
}

function MissedRow({ caller }: { caller: MissedCaller }) {
  const { t } = useWords();
  const { me } = useSession();
  const dial = useDial();
  const queries = useQueryClient();
  const fresh = { onSuccess: () => queries.invalidateQueries({ queryKey: ['missed'] }) };
  const undo = useMutation({ mutationFn: () => server.missedUndone(caller.missed_id), ...fresh });
  const done = useMutation({
    mutationFn: () => server.missedDone(caller.missed_id),
    onSuccess: () => {
      toast(t('missed.is_done', { name: who }), () => undo.mutateAsync());
      return fresh.onSuccess();
    },
    onError: (error) => toast(errorWords(t, error)),
  });
  const assign = useMutation({
    mutationFn: (employeeId: string | null) => server.assignMissed(caller.missed_id, employeeId),
    ...fresh,
    onError: (error) => toast(errorWords(t, error)),
  });
  const roster = useLive(rosterOf);
  const people = roster.flatMap((seat) =>
    seat.employeeId && seat.name ? [{ value: seat.employeeId, label: seat.name }] : [],
  );
  const mine = caller.assignee?.employee_id === me.employee_id;
  const number = caller.number ? formatPhone(caller.number) : caller.presented;
  const who = caller.contact?.name ?? caller.name ?? number;
  const rang = caller.devices.map((device) => caller.employees[device] ?? device).join(', ');
  return (
    <>
      <div className={styles.missedWho}>
        <strong>{who}</strong>
        <small>
          {caller.contact?.organisation}
          {caller.contact?.organisation && who !== number && ' · '}
          {who !== number && (
            <DialNumber
              number={caller.number ?? number}
              by={{ call_id: caller.call_id }}
              written={number}
              missedId={caller.missed_id}
            />
          )}
        </small>
      </div>
      <div>
        <Moment at={caller.last_at} />
        {caller.times > 1 && <small> · {t('missed.times', { count: caller.times })}</small>}
      </div>
      <small>{[caller.queue, rang].filter(Boolean).join(' · ')}</small>
      <div className={styles.missedActions}>
        {me.devices.length > 0 && (
          <Button
            size="compact-sm"
            onClick={() => dial(caller.number ?? number, { call_id: caller.call_id }, caller.missed_id)}
          >
            {t('desk.call_back')}
            <span className="for-readers"> {who}</span>
          </Button>
        )}
        {!mine && (
          <Button
            size="compact-sm"
            variant="default"
            loading={assign.isPending}
            onClick={() => assign.mutate(me.employee_id)}
          >
            {t('missed.take')}
            <span className="for-readers"> {who}</span>
          </Button>
        )}
        <NativeSelect
          size="xs"
          aria-label={t('missed.assign', { name: who })}
          value={caller.assignee?.employee_id ?? ''}
          disabled={assign.isPending}
          onChange={(event) => assign.mutate(event.currentTarget.value || null)}
          data={[
            { value: '', label: t('missed.nobody_yet') },
            { value: me.employee_id, label: t('missed.me') },
            ...people.filter((each) => each.value !== me.employee_id),
            ...(caller.assignee &&
            !mine &&
            !people.some((each) => each.value === caller.assignee?.employee_id)
              ? [{ value: caller.assignee.employee_id, label: caller.assignee.name }]
              : []),
          ]}
        />
        <Button size="compact-sm" variant="default" loading={done.isPending} onClick={() => done.mutate()}>
          {t('missed.done')}
          <span className="for-readers"> {who}</span>
        </Button>
      </div>
    </>
  );
}
