/** What every import goes through, of contacts as of old calls: tried, run, stopped, taken back, forgotten. */
import { Button, Progress } from '@mantine/core';
import { useMutation, useQuery, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';

import { useWords } from '../../i18n';
import { ErrorTrouble } from '../../ui/Words';
import { UNDER_WAY, type ImportState } from './imports';
import styles from './imports.module.css';

export type Step = 'try' | 'start' | 'stop' | 'undo';

interface Job {
  import_id: number;
  state: ImportState;
  stopping: boolean;
}

export interface Course<Held extends Job> {
  /** Under which the server's answers are kept here. */
  key: string;
  get: (id: number) => Promise<Held>;
  begin: (id: number, what: Step) => Promise<Held>;
  forget: (id: number) => Promise<unknown>;
}

type Begin<Held> = UseMutationResult<Held, Error, Step>;

const LOOK_EVERY_MS = 700;

export const isUnderWay = ({ state }: Job): boolean => UNDER_WAY.includes(state);
export const wasStopped = ({ state }: Job): boolean => state === 'cancelled' || state === 'failed';
/** Whether it wrote something for good: what lists that asks anew. */
const isOver = (state: ImportState | undefined): boolean =>
  state === 'done' || state === 'undone' || state === 'cancelled';

/** The import, asked again and again while it is under way. */
export function useJob<Held extends Job>(course: Course<Held>, id: number, writes: readonly string[]) {
  const queries = useQueryClient();
  const asked = useQuery({
    queryKey: [course.key, id],
    queryFn: () => course.get(id),
    refetchInterval: ({ state: { data } }) => (data && isUnderWay(data) ? LOOK_EVERY_MS : false),
  });
  const state = asked.data?.state;
  const written = writes.join(' ');
  useEffect(() => {
    if (isOver(state))
      for (const key of written.split(' ')) void queries.invalidateQueries({ queryKey: [key] });
    void queries.invalidateQueries({ queryKey: [course.key, 'list'] });
  }, [state, written, course.key, queries]);
  return asked;
}

export function useBegin<Held extends Job>(course: Course<Held>, job: Held): Begin<Held> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (what: Step) => course.begin(job.import_id, what),
    onSuccess: (next) => queries.setQueryData([course.key, job.import_id], next),
  });
}

interface UnderWayProps<Held extends Job> {
  course: Course<Held>;
  job: Held;
  /** How far it is, in percent; 100 if nobody can say. */
  share?: number;
  children: ReactNode;
}

export function UnderWay<Held extends Job>({ course, job, share = 100, children }: UnderWayProps<Held>) {
  const { t } = useWords();
  const begin = useBegin(course, job);
  const now = t(`imports.states.${job.state}`);
  return (
    <section className={styles.progress} aria-label={now}>
      <Progress value={share} animated size="lg" aria-label={now} />
      {children}
      {job.state !== 'undoing' && (
        <div className={styles.buttons}>
          <Button
            variant="default"
            disabled={job.stopping}
            loading={begin.isPending}
            onClick={() => begin.mutate('stop')}
          >
            {t(job.stopping ? 'imports.stopping' : 'imports.stop')}
          </Button>
        </div>
      )}
      {begin.isError && <ErrorTrouble error={begin.error} />}
    </section>
  );
}

interface EndingProps<Held extends Job> {
  course: Course<Held>;
  job: Held;
  /** What taking it back is called; null if it wrote nothing. */
  undo: { label: string; help: string } | null;
  /** Why it cannot go on, if it cannot. */
  stuck?: string | null;
  /** What stays when it is forgotten. */
  forgetHelp: string | null;
  forgotten: () => Promise<void>;
}

/** What can be done when it is not under way. */
export function Ending<Held extends Job>({
  course,
  job,
  undo,
  stuck = null,
  forgetHelp,
  forgotten,
}: EndingProps<Held>) {
  const { t } = useWords();
  const queries = useQueryClient();
  const begin = useBegin(course, job);
  const forget = useMutation({
    mutationFn: () => course.forget(job.import_id),
    onSuccess: async () => {
      queries.removeQueries({ queryKey: [course.key, job.import_id] });
      await queries.invalidateQueries({ queryKey: [course.key, 'list'] });
      await forgotten();
    },
  });
  const stopped = wasStopped(job);
  const back = stopped || job.state === 'done' ? undo : null;
  return (
    <section className={styles.section}>
      {stopped && <p className={styles.help}>{stuck ?? t('imports.stopped_help')}</p>}
      {(begin.isError || forget.isError) && <ErrorTrouble error={begin.error ?? forget.error} />}
      <div className={styles.buttons}>
        {stopped && stuck === null && (
          <Button onClick={() => begin.mutate('start')} loading={begin.isPending}>
            {t('imports.go_on')}
          </Button>
        )}
        {back && (
          <Button variant="default" onClick={() => begin.mutate('undo')} loading={begin.isPending}>
            {back.label}
          </Button>
        )}
        <Button variant="subtle" color="gray" onClick={() => forget.mutate()} loading={forget.isPending}>
          {t('imports.forget')}
        </Button>
      </div>
      {back && <p className={styles.help}>{back.help}</p>}
      {forgetHelp && <p className={styles.help}>{forgetHelp}</p>}
    </section>
  );
}
