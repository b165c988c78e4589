/** One import of old calls: what it would bring, how far it is, what it did, and the way back. */
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { IconChevronLeft, IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { formatPhone } from '../../format/phone';
import { formatCount, formatDuration, formatMoment } from '../../format/time';
import { useWords, type Word, type Words } from '../../i18n';
import { Field, Fields } from '../../ui/form/Field';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble, Notice, Trouble } from '../../ui/Words';
import { Ending, isUnderWay, UnderWay, useBegin, useJob, wasStopped, type Course } from '../imports/course';
import styles from '../imports/imports.module.css';
import { oldCalls, type CallImport, type CallImportCounts, type SkippedRow } from './oldcalls';
import { ZoneField } from './OldCallsSection';

const COURSE: Course<CallImport> = { key: 'old-calls', ...oldCalls };

export function OldCallImport({ id }: { id: number }) {
  const { t } = useWords();
  const asked = useJob(COURSE, id, ['calls', 'contacts']);
  const job = asked.data;
  return (
    <>
      <Link to="/settings/$section/{-$item}" params={{ section: 'history' }} className={styles.back}>
        <IconChevronLeft size={16} aria-hidden="true" />
        {t('old_calls.back')}
      </Link>
      {asked.isError && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {asked.isPending && <Waiting rows={6} />}
      {job && (
        <>
          <header className={styles.section}>
            <h2>{job.file.name}</h2>
            <p role="status">{t(`imports.states.${job.state}`)}</p>
          </header>
          {job.problem && <Trouble>{problemWords(t, job.problem)}</Trouble>}
          {job.state === 'uploading' && <Notice>{t('old_calls.not_whole')}</Notice>}
          {job.state === 'ready' && <Ready job={job} />}
          {isUnderWay(job) ? <Running job={job} /> : <After job={job} />}
        </>
      )}
    </>
  );
}

function Ready({ job }: { job: CallImport }) {
  const { t } = useWords();
  const begin = useBegin(COURSE, job);
  return (
    <>
      <HowRead key={`${job.zone} ${job.pbx}`} job={job} />
      <Preview job={job} />
      {job.trial && (
        <section className={styles.section} aria-labelledby="would">
          <h2 id="would">{t('old_calls.would')}</h2>
          <Counts counts={job.trial} trial />
        </section>
      )}
      {begin.isError && <ErrorTrouble error={begin.error} />}
      <div className={styles.buttons}>
        <Button
          variant={job.trial ? 'default' : 'filled'}
          disabled={begin.isPending}
          onClick={() => begin.mutate('try')}
        >
          {t('old_calls.check')}
        </Button>
        <Button
          variant={job.trial ? 'filled' : 'default'}
          disabled={begin.isPending}
          onClick={() => begin.mutate('start')}
        >
          {t('old_calls.start')}
        </Button>
      </div>
    </>
  );
}

function HowRead({ job }: { job: CallImport }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const [columns, setColumns] = useState('');
  const known = useQuery({ queryKey: ['old-calls', 'list'], queryFn: oldCalls.list });
  const choose = useMutation({
    mutationFn: (changed: { pbx?: string; zone?: string }) =>
      oldCalls.choose(job.import_id, {
        pbx: job.pbx,
        zone: job.zone,
        columns: columns
          .split(',')
          .map((name) => name.trim())
          .filter(Boolean),
        ...changed,
      }),
    onSuccess: (next) => queries.setQueryData(['old-calls', job.import_id], next),
  });
  const pbxs = known.data?.pbxs ?? [job.pbx];
  return (
    <section className={styles.section} aria-labelledby="how-read">
      <h2 id="how-read">{t('old_calls.how_read')}</h2>
      <Fields>
        {pbxs.length > 1 && (
          <Field effect={t('old_calls.pbx_effect')}>
            <NativeSelect
              label={t('old_calls.pbx')}
              value={job.pbx}
              data={pbxs}
              onChange={(event) => choose.mutate({ pbx: event.currentTarget.value })}
            />
          </Field>
        )}
        <ZoneField zone={job.zone} change={(zone) => choose.mutate({ zone })} />
        <Field effect={t('old_calls.columns_effect')}>
          <TextInput
            label={t('old_calls.columns')}
            value={columns}
            placeholder={job.columns.join(',')}
            onChange={(event) => setColumns(event.currentTarget.value)}
          />
        </Field>
      </Fields>
      {columns && (
        <div className={styles.buttons}>
          <Button variant="default" loading={choose.isPending} onClick={() => choose.mutate({})}>
            {t('old_calls.reread')}
          </Button>
        </div>
      )}
      {choose.isError && <ErrorTrouble error={choose.error} />}
    </section>
  );
}

function Preview({ job }: { job: CallImport }) {
  const { t, language } = useWords();
  const preview = useQuery({
    queryKey: ['old-calls', job.import_id, 'preview', job.zone, job.pbx, job.columns],
    queryFn: () => oldCalls.preview(job.import_id),
  });
  const items = preview.data?.items ?? [];
  return (
    <section className={styles.section} aria-labelledby="preview">
      <h2 id="preview">{t('old_calls.preview')}</h2>
      {preview.isError && <ErrorTrouble error={preview.error} />}
      {preview.isPending && <Waiting rows={4} />}
      {preview.isSuccess && items.length === 0 && (
        <p className={styles.help}>{t('old_calls.preview_none')}</p>
      )}
      {items.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="region" aria-labelledby="preview">
          <table className={styles.errors}>
            <thead>
              <tr>
                <th scope="col">{t('old_calls.preview_when')}</th>
                <th scope="col">{t('old_calls.preview_from')}</th>
                <th scope="col">{t('old_calls.preview_to')}</th>
                <th scope="col">{t('old_calls.preview_what')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((call, place) => (
                <tr key={place}>
                  <td className="figures">{formatMoment(language, call.started_at)}</td>
                  <td className="figures">{call.caller ? formatPhone(call.caller) : t('calls.withheld')}</td>
                  <td className="figures">
                    {[call.called && formatPhone(call.called), ...call.devices].filter(Boolean).join(' → ')}
                  </td>
                  <td>
                    {t(`calls.outcome.${(call.disposition ?? 'failed') as 'failed'}`)}
                    {call.talk_s > 0 && ` ${formatDuration(call.talk_s)}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Running({ job }: { job: CallImport }) {
  const counts = job.state === 'trying' ? job.trial : job.counts;
  return (
    <UnderWay course={COURSE} job={job}>
      {counts && <Counts counts={counts} trial={job.state === 'trying'} undo={job.state === 'undoing'} />}
    </UnderWay>
  );
}

function After({ job }: { job: CallImport }) {
  const { t } = useWords();
  const go = useNavigate();
  const added = (wasStopped(job) || job.state === 'done') && job.counts.added > 0;
  return (
    <>
      {job.counts.rows > 0 && (
        <section className={styles.section} aria-labelledby="result">
          <h2 id="result">{t('old_calls.result')}</h2>
          <Counts counts={job.counts} undo={job.state === 'undone'} />
          {added && <Link to="/calls">{t('old_calls.to_history')}</Link>}
        </section>
      )}
      <Skipped job={job} />
      <Ending
        course={COURSE}
        job={job}
        undo={added ? { label: t('old_calls.undo'), help: t('old_calls.undo_help') } : null}
        stuck={job.can_go_on ? null : t('old_calls.stuck')}
        forgetHelp={added ? t('old_calls.forget_help') : null}
        forgotten={() => go({ to: '/settings/$section/{-$item}', params: { section: 'history' } })}
      />
    </>
  );
}

function Counts({
  counts,
  trial = false,
  undo = false,
}: {
  counts: CallImportCounts;
  trial?: boolean;
  undo?: boolean;
}) {
  const { t, language } = useWords();
  const shown: [Word, number, boolean][] = [
    ['old_calls.rows', counts.rows, false],
    ['old_calls.skipped', counts.skipped, counts.skipped > 0],
    ['old_calls.calls', counts.calls, false],
    [trial ? 'old_calls.would_add' : 'old_calls.added', counts.added, false],
    ['old_calls.known', counts.known, false],
  ];
  if (undo) shown.push(['old_calls.withdrawn', counts.withdrawn, false]);
  return (
    <dl className={styles.counts}>
      {shown.map(([word, count, bad]) => (
        <div key={word} data-bad={bad || undefined}>
          <dt>{t(word)}</dt>
          <dd>{formatCount(language, count)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Skipped({ job }: { job: CallImport }) {
  const { t } = useWords();
  const count = (job.trial ?? job.counts).skipped;
  const asked = useQuery({
    queryKey: ['old-calls', job.import_id, 'skipped', job.state, count],
    queryFn: () => oldCalls.skipped(job.import_id),
    enabled: count > 0,
  });
  if (count === 0) return null;
  const shown = asked.data?.items ?? [];
  return (
    <section className={styles.section} aria-labelledby="skipped">
      <header>
        <h2 id="skipped">{t('old_calls.skipped_title')}</h2>
        {shown.length > 0 && shown.length < count && (
          <p>{t('old_calls.skipped_some', { shown: shown.length, count })}</p>
        )}
      </header>
      <div className={styles.buttons}>
        <Button
          component="a"
          variant="default"
          size="compact-md"
          href={oldCalls.skippedFile(job.import_id)}
          download
          leftSection={<IconDownload size={16} aria-hidden="true" />}
        >
          {t('old_calls.download')}
        </Button>
      </div>
      <table className={styles.errors}>
        <thead>
          <tr>
            <th scope="col">{t('old_calls.skipped_row')}</th>
            <th scope="col">{t('old_calls.skipped_why')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((each) => (
            <tr key={each.row}>
              <td className="figures">{each.row}</td>
              <td>{reasonWords(t, each)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const REASONS = ['missing_column', 'no_time', 'in_future', 'quote_not_closed'] as const;
const PROBLEMS = ['reader_ended', 'file_gone'] as const;

function reasonWords(t: Words, { reason, column }: SkippedRow): string {
  const known = REASONS.find((each) => each === reason);
  return known ? t(`old_calls.reasons.${known}`, { column }) : reason;
}

function problemWords(t: Words, problem: string): string {
  const known = PROBLEMS.find((each) => each === problem);
  return known ? t(`old_calls.problems.${known}`) : problem;
}
