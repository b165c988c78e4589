/** Rows that were not taken: the first ones here, all of them to download. */
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { useWords } from '../../i18n';
import { importsServer, type Import } from './imports';
import styles from './imports.module.css';

export function Errors({ job }: { job: Import }) {
  const { t, language } = useWords();
  const failed = (job.counts.rows > 0 ? job.counts : job.trial)?.failed ?? 0;
  const bad = useQuery({
    queryKey: ['imports', job.import_id, 'errors', job.state, failed, language],
    queryFn: () => importsServer.errors(job.import_id, language),
    enabled: failed > 0,
  });
  if (failed === 0) return null;
  const shown = bad.data?.items ?? [];
  return (
    <section className={styles.section} aria-labelledby="errors">
      <header>
        <h2 id="errors">{t('imports.errors')}</h2>
        {shown.length < failed && shown.length > 0 && (
          <p>{t('imports.errors_some', { shown: shown.length, count: failed })}</p>
        )}
      </header>
      <div className={styles.buttons}>
        {(['errors', 'rejected'] as const).map((what) => (
          <Button
            key={what}
            component="a"
            variant="default"
            size="compact-md"
            href={importsServer.report(job.import_id, what, language)}
            download
            leftSection={<IconDownload size={16} aria-hidden="true" />}
          >
            {t(what === 'errors' ? 'imports.report' : 'imports.rejected')}
          </Button>
        ))}
      </div>
      <table className={styles.errors}>
        <thead>
          <tr>
            <th scope="col">№</th>
            <th scope="col">{t('imports.where')}</th>
            <th scope="col">{t('imports.problem')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.flatMap((row) =>
            row.problems.map((problem, place) => (
              <tr key={`${row.row}-${place}`}>
                <td>{row.row}</td>
                <td>{problem.column}</td>
                <td>{problem.text}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  );
}
