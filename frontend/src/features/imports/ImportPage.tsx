/** One import: what it asks for while it waits, how far it is while it runs, what it did when it is over. */
import { Button, Progress } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';

import { formatDuration } from '../../format/time';
import { useWords } from '../../i18n';
import { ErrorTrouble, Notice, Trouble } from '../../ui/Words';
import { Waiting } from '../../ui/Waiting';
import { Choosing } from './Choosing';
import { Errors } from './Errors';
import { Counts } from './Counts';
import { importsServer, UNDER_WAY, type Import } from './imports';
import styles from './imports.module.css';
import { formatBytes } from './sizes';

const LOOK_EVERY_MS = 700;

export function ImportPage() {
  const { t } = useWords();
  const { importId } = useParams({ from: '/contacts/import/$importId' });
  const id = Number(importId);
  const queries = useQueryClient();
  const asked = useQuery({
    queryKey: ['imports', id],
    queryFn: () => importsServer.get(id),
    refetchInterval: (query) =>
      query.state.data && UNDER_WAY.includes(query.state.data.state) ? LOOK_EVERY_MS : false,
  });
  const state = asked.data?.state;
  useEffect(() => {
    // Cards were written or taken back: what lists them asks anew.
    if (state === 'done' || state === 'undone' || state === 'cancelled')
      void queries.invalidateQueries({ queryKey: ['contacts'] });
    void queries.invalidateQueries({ queryKey: ['imports', 'list'] });
  }, [state, queries]);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <Link to="/contacts/import" className={styles.back}>
          <IconChevronLeft size={16} aria-hidden="true" />
          {t('imports.back')}
        </Link>
        <h1>{asked.data?.file_name ?? t('imports.title')}</h1>
        {asked.data && <p role="status">{t(`imports.states.${asked.data.state}`)}</p>}
      </div>
      {asked.isError && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {asked.isPending && <Waiting rows={6} />}
      {asked.data && <Body job={asked.data} />}
    </div>
  );
}

function Body({ job }: { job: Import }) {
  const { t } = useWords();
  const unsure = job.counts.managers_unknown;
  return (
    <>
      {job.problem && <Trouble>{t('imports.broke_off')}</Trouble>}
      {job.state === 'uploading' && <Notice>{t('imports.not_whole')}</Notice>}
      {job.state === 'ready' && <Choosing job={job} />}
      {UNDER_WAY.includes(job.state) && <UnderWay job={job} />}
      {job.undone && <Undone job={job} />}
      {job.counts.rows > 0 && job.state !== 'ready' && (
        <section className={styles.section} aria-labelledby="result">
          <h2 id="result">{t('imports.result')}</h2>
          <Counts counts={job.counts} />
          {unsure > 0 && <Notice>{t('imports.managers_unknown', { count: unsure })}</Notice>}
        </section>
      )}
      {!UNDER_WAY.includes(job.state) && <Ending job={job} />}
      {!UNDER_WAY.includes(job.state) && <Errors job={job} />}
    </>
  );
}

function useBegin(job: Import) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (what: 'try' | 'start' | 'stop' | 'undo') => importsServer.begin(job.import_id, what),
    onSuccess: (next) => queries.setQueryData(['imports', job.import_id], next),
  });
}

function UnderWay({ job }: { job: Import }) {
  const { t, language } = useWords();
  const begin = useBegin(job);
  const counts = job.state === 'trying' ? job.trial : job.counts;
  const share = job.state === 'undoing' ? undoShare(job) : (100 * job.position) / Math.max(1, job.file_size);
  return (
    <section className={styles.progress} aria-label={t(`imports.states.${job.state}`)}>
      <Progress value={share} animated size="lg" aria-label={t(`imports.states.${job.state}`)} />
      <p>
        {job.state !== 'undoing' && (
          <>
            <span>{t('imports.progress', { rows: counts?.rows ?? 0 })}</span>
            <span>
              {t('imports.sent', {
                done: formatBytes(language, job.position),
                all: formatBytes(language, job.file_size),
              })}
            </span>
          </>
        )}
        {job.rows_per_s !== null && <span>{t('imports.rate', { rate: Math.round(job.rows_per_s) })}</span>}
        {job.remaining_s !== null && (
          <span>{t('imports.remaining', { time: formatDuration(job.remaining_s) })}</span>
        )}
      </p>
      {job.state !== 'undoing' && (
        <div className={styles.buttons}>
          <Button
            variant="default"
            disabled={job.stopping}
            loading={begin.isPending}
            onClick={() => begin.mutate('stop')}
          >
            {job.stopping ? t('imports.stopping') : t('imports.stop')}
          </Button>
        </div>
      )}
      {begin.isError && <ErrorTrouble error={begin.error} />}
    </section>
  );
}

function undoShare(job: Import): number {
  const done = job.undone ? job.undone.removed + job.undone.restored + job.undone.kept : 0;
  return (100 * done) / Math.max(1, job.counts.created + job.counts.updated);
}

function Undone({ job }: { job: Import }) {
  const { t } = useWords();
  const left = job.undone?.kept ?? 0;
  const kept = useQuery({
    queryKey: ['imports', job.import_id, 'kept', left],
    queryFn: () => importsServer.kept(job.import_id),
    enabled: left > 0,
  });
  if (!job.undone) return null;
  return (
    <section className={styles.section} aria-labelledby="undone">
      <h2 id="undone">{t('imports.undone')}</h2>
      <dl className={styles.counts}>
        {(['removed', 'restored', 'kept'] as const).map((each) => (
          <div key={each}>
            <dt>{t(`imports.${each}`)}</dt>
            <dd>{job.undone?.[each]}</dd>
          </div>
        ))}
      </dl>
      {kept.data && (
        <>
          <h2>{t('imports.kept_list')}</h2>
          <ul className={styles.names}>
            {kept.data.items.map((each) => (
              <li key={each.contact_id}>
                <Link to="/contacts/$contactId" params={{ contactId: each.contact_id }}>
                  {each.name}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Ending({ job }: { job: Import }) {
  const { t } = useWords();
  const go = useNavigate();
  const begin = useBegin(job);
  const queries = useQueryClient();
  const forget = useMutation({
    mutationFn: () => importsServer.forget(job.import_id),
    onSuccess: async () => {
      queries.removeQueries({ queryKey: ['imports', job.import_id] });
      await queries.invalidateQueries({ queryKey: ['imports', 'list'] });
      await go({ to: '/contacts/import' });
    },
  });
  const stopped = job.state === 'cancelled' || job.state === 'failed';
  const wrote = job.counts.created + job.counts.updated + job.counts.orders > 0;
  return (
    <section className={styles.section}>
      {stopped && <p className={styles.help}>{t('imports.stopped_help')}</p>}
      {(begin.isError || forget.isError) && <ErrorTrouble error={begin.error ?? forget.error} />}
      <div className={styles.buttons}>
        {stopped && (
          <Button onClick={() => begin.mutate('start')} loading={begin.isPending}>
            {t('imports.go_on')}
          </Button>
        )}
        {(stopped || job.state === 'done') && wrote && (
          <Button variant="default" onClick={() => begin.mutate('undo')} loading={begin.isPending}>
            {t('imports.undo')}
          </Button>
        )}
        <Button variant="subtle" color="gray" onClick={() => forget.mutate()} loading={forget.isPending}>
          {t('imports.forget')}
        </Button>
      </div>
      {(stopped || job.state === 'done') && wrote && <p className={styles.help}>{t('imports.undo_help')}</p>}
      {wrote && <p className={styles.help}>{t('imports.forget_help')}</p>}
    </section>
  );
}
