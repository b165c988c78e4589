/** Old calls: the log to send and the imports so far, or one of them. */
import { Button, FileButton, NativeSelect, Progress, Select } from '@mantine/core';
import { IconFileText } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { Field, Fields } from '../../ui/form/Field';
import { Moment } from '../../ui/Moment';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble, Notice } from '../../ui/Words';
import styles from '../imports/imports.module.css';
import { formatBytes } from '../imports/sizes';
import type { SectionProps } from '../settings/sections';
import { OldCallImport } from './OldCallImport';
import { oldCalls, ownZone, sendLogs, zones, type Sent } from './oldcalls';

export function OldCallsSection({ item }: SectionProps) {
  if (item && /^\d+$/.test(item)) return <OldCallImport id={Number(item)} />;
  return <Begin />;
}

function Begin() {
  const { t } = useWords();
  const asked = useQuery({
    queryKey: ['old-calls', 'list'],
    queryFn: oldCalls.list,
    refetchOnMount: 'always',
  });
  const items = asked.data?.items ?? [];
  return (
    <>
      <Notice>{t('old_calls.lead')}</Notice>
      {asked.isError && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {asked.isPending && <Waiting rows={5} />}
      {asked.data &&
        (asked.data.pbxs.length > 0 ? (
          <Sending pbxs={asked.data.pbxs} />
        ) : (
          <p>
            {t('old_calls.no_pbx')}{' '}
            <Link to="/settings/$section/{-$item}" params={{ section: 'pbxs' }}>
              {t('settings.sections.pbxs.title')}
            </Link>
          </p>
        ))}
      {asked.data && (
        <section className={styles.section} aria-labelledby="past">
          <h2 id="past">{t('old_calls.past')}</h2>
          {items.length === 0 && <p className={styles.help}>{t('old_calls.none')}</p>}
          {items.length > 0 && (
            <ul className={styles.list}>
              {items.map((each) => (
                <li key={each.import_id}>
                  <Link
                    to="/settings/$section/{-$item}"
                    params={{ section: 'history', item: String(each.import_id) }}
                  >
                    {each.file.name}
                  </Link>
                  <span>{t(`imports.states.${each.state}`)}</span>
                  <span className="figures">{each.pbx}</span>
                  <Moment at={each.created_at} />
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
    </>
  );
}

function Sending({ pbxs }: { pbxs: string[] }) {
  const { t, language } = useWords();
  const go = useNavigate();
  const [pbx, setPbx] = useState(pbxs[0] ?? '');
  const [zone, setZone] = useState(ownZone);
  const [file, setFile] = useState<File | null>(null);
  const [queueLog, setQueueLog] = useState<File | null>(null);
  const [sent, setSent] = useState<Sent | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const send = async (log: File) => {
    setTrouble(null);
    setSent({ name: log.name, done: 0, size: log.size });
    try {
      const job = await sendLogs(log, queueLog, { pbx, zone }, setSent);
      await go({
        to: '/settings/$section/{-$item}',
        params: { section: 'history', item: String(job.import_id) },
      });
    } catch (error) {
      setTrouble(error);
    } finally {
      setSent(null);
    }
  };
  return (
    <Fields>
      {pbxs.length > 1 && (
        <Field effect={t('old_calls.pbx_effect')}>
          <NativeSelect
            label={t('old_calls.pbx')}
            value={pbx}
            data={pbxs}
            onChange={(event) => setPbx(event.currentTarget.value)}
          />
        </Field>
      )}
      <ZoneField zone={zone} change={setZone} />
      <Field label={t('old_calls.file')} effect={`${t('old_calls.file_effect')} ${t('old_calls.sql')}`}>
        <Chosen file={file} words={t('old_calls.choose_file')} choose={setFile} accept=".csv,.txt,text/csv" />
      </Field>
      <Field label={t('old_calls.queue_log')} effect={t('old_calls.queue_log_effect')}>
        <Chosen file={queueLog} words={t('old_calls.choose_queue_log')} choose={setQueueLog} />
      </Field>
      {trouble !== null && <ErrorTrouble error={trouble} />}
      {sent && (
        <div className={styles.progress}>
          <Progress
            value={(100 * sent.done) / Math.max(1, sent.size)}
            aria-label={t('old_calls.sending', { name: sent.name })}
          />
          <p className="figures">
            <span>{t('old_calls.sending', { name: sent.name })}</span>
            <span>
              {t('imports.sent', {
                done: formatBytes(language, sent.done),
                all: formatBytes(language, sent.size),
              })}
            </span>
          </p>
        </div>
      )}
      <div className={styles.buttons}>
        <Button disabled={!file} loading={sent !== null} onClick={() => file && void send(file)}>
          {t('old_calls.send')}
        </Button>
      </div>
    </Fields>
  );
}

export function ZoneField({ zone, change }: { zone: string; change: (zone: string) => void }) {
  const { t } = useWords();
  const [all] = useState(zones);
  return (
    <Field effect={t('old_calls.zone_effect')}>
      <Select
        label={t('old_calls.zone')}
        value={zone}
        data={all.includes(zone) ? all : [zone, ...all]}
        onChange={(next) => next && change(next)}
        searchable
        allowDeselect={false}
        limit={50}
      />
    </Field>
  );
}

function Chosen({
  file,
  words,
  choose,
  accept,
}: {
  file: File | null;
  words: string;
  choose: (file: File | null) => void;
  accept?: string;
}) {
  return (
    <FileButton onChange={choose} {...(accept ? { accept } : {})} inputProps={{ 'aria-label': words }}>
      {(props) => (
        <Button variant="default" leftSection={<IconFileText size={16} aria-hidden="true" />} {...props}>
          {file?.name ?? words}
        </Button>
      )}
    </FileButton>
  );
}
