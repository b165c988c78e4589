/** One import: what it asks for while it waits, how far it is while it runs, what it did when it is over. */
import { IconChevronLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';

import { formatDuration } from '../../format/time';
import { useWords } from '../../i18n';
import { ErrorTrouble, Notice, Trouble } from '../../ui/Words';
import { Waiting } from '../../ui/Waiting';
import { Choosing } from './Choosing';
import { Errors } from './Errors';
import { Counts } from './Counts';
import { Ending, isUnderWay, UnderWay, useJob, type Course } from './course';
import { importsServer, type Import } from './imports';
import styles from './imports.module.css';
import { formatBytes } from './sizes';

const COURSE: Course<Import> = { key: 'imports', ...importsServer };

export function ImportPage() {
  const { t } = useWords();
  const { importId } = useParams({ from: '/contacts/import/$importId' });
  const id = Number(importId);
  const asked = useJob(COURSE, id, ['contacts']);
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
      {isUnderWay(job) && <Running job={job} />}
      {job.undone && <Undone job={job} />}
      {job.counts.rows > 0 && job.state !== 'ready' && (
        <section className={styles.section} aria-labelledby="result">
          <h2 id="result">{t('imports.result')}</h2>
          <Counts counts={job.counts} />
          {unsure > 0 && <Notice>{t('imports.managers_unknown', { count: unsure })}</Notice>}
        </section>
      )}
      {!isUnderWay(job) && <After job={job} />}
      {!isUnderWay(job) && <Errors job={job} />}
    </>
  );
}

function Running({ job }: { job: Import }) {
  const { t, language } = useWords();
  const counts = job.state === 'trying' ? job.trial : job.counts;
  const share = job.state === 'undoing' ? undoShare(job) : (100 * job.position) / Math.max(1, job.file_size);
  return (
    <UnderWay course={COURSE} job={job} share={share}>
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
    </UnderWay>
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

function After({ job }: { job: Import }) {
  const { t } = useWords();
  const go = useNavigate();
  const wrote = job.counts.created + job.counts.updated + job.counts.orders > 0;
  return (
    <Ending
      course={COURSE}
      job={job}
      undo={wrote ? { label: t('imports.undo'), help: t('imports.undo_help') } : null}
      forgetHelp={wrote ? t('imports.forget_help') : null}
      forgotten={() => go({ to: '/contacts/import' })}
    />
  );
}
