/** Where an import begins: a file to drop, and the imports so far. */
import { Button, Progress } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { ErrorTrouble } from '../../ui/Words';
import { Waiting } from '../../ui/Waiting';
import { importsServer, sendFile } from './imports';
import styles from './imports.module.css';
import { formatBytes } from './sizes';

export function ImportsPage() {
  const { t } = useWords();
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1>{t('imports.title')}</h1>
        <p>{t('imports.lead')}</p>
      </div>
      <Sending />
      <PastImports />
    </div>
  );
}

function Sending() {
  const { t, language } = useWords();
  const go = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState<{ file: File; sent: number } | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);

  const send = async (file: File | undefined) => {
    if (!file || sending) return;
    setTrouble(null);
    setSending({ file, sent: 0 });
    try {
      const job = await sendFile(file, language, (sent) => setSending({ file, sent }));
      await go({ to: '/contacts/import/$importId', params: { importId: String(job.import_id) } });
    } catch (error) {
      setTrouble(error);
    } finally {
      setSending(null);
    }
  };

  return (
    <>
      {trouble !== null && <ErrorTrouble error={trouble} />}
      <div
        className={styles.drop}
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void send(event.dataTransfer.files[0]);
        }}
      >
        {sending ? (
          <>
            <strong>{sending.file.name}</strong>
            <Progress
              w="min(420px, 100%)"
              value={(100 * sending.sent) / Math.max(1, sending.file.size)}
              aria-label={t('imports.sending')}
            />
            <span className="figures">
              {t('imports.sent', {
                done: formatBytes(language, sending.sent),
                all: formatBytes(language, sending.file.size),
              })}
            </span>
          </>
        ) : (
          <>
            <IconFileImport size={32} stroke={1.5} aria-hidden="true" />
            <strong>{t('imports.drop')}</strong>
            <span>{t('imports.formats')}</span>
            <Button onClick={() => input.current?.click()}>{t('imports.choose_file')}</Button>
          </>
        )}
        <input
          ref={input}
          type="file"
          hidden
          aria-label={t('imports.choose_file')}
          accept=".csv,.tsv,.txt,.xlsx,.vcf,.vcard,text/csv,text/vcard"
          onChange={(event) => {
            void send(event.currentTarget.files?.[0]);
            event.currentTarget.value = '';
          }}
        />
      </div>
    </>
  );
}

function PastImports() {
  const { t } = useWords();
  const found = useInfiniteQuery({
    queryKey: ['imports', 'list'],
    queryFn: ({ pageParam }) => importsServer.list(pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className={styles.section} aria-labelledby="past">
      <h2 id="past">{t('imports.past')}</h2>
      {found.isError && <ErrorTrouble error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Waiting rows={3} />}
      {found.isSuccess && items.length === 0 && <p className={styles.help}>{t('imports.none')}</p>}
      {items.length > 0 && (
        <ul className={styles.list}>
          {items.map((each) => (
            <li key={each.import_id}>
              <Link to="/contacts/import/$importId" params={{ importId: String(each.import_id) }}>
                {each.file_name}
              </Link>
              <span>{t(`imports.states.${each.state}`)}</span>
              <span className="figures">
                {each.counts.rows > 0 && t('imports.rows', { count: each.counts.rows })}
              </span>
              <Moment at={each.created_at} />
            </li>
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button
          variant="default"
          onClick={() => void found.fetchNextPage()}
          loading={found.isFetchingNextPage}
        >
          {t('common.more')}
        </Button>
      )}
    </section>
  );
}
