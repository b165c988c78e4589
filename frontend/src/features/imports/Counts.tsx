/** What became, or would become, of the rows. */
import { useWords, type Word } from '../../i18n';
import { formatCount } from '../../format/time';
import type { Import } from './imports';
import styles from './imports.module.css';

const ALWAYS = ['created', 'updated', 'failed'] as const;
const IF_ANY = ['unchanged', 'skipped', 'orders', 'organisations_unknown'] as const;

const WORDS: Record<(typeof ALWAYS | typeof IF_ANY)[number], Word> = {
  created: 'imports.created',
  updated: 'imports.updated',
  failed: 'imports.failed',
  unchanged: 'imports.unchanged',
  skipped: 'imports.skipped',
  orders: 'imports.orders',
  organisations_unknown: 'imports.strange_organisations',
};

export function Counts({ counts }: { counts: Import['counts'] }) {
  const { t, language } = useWords();
  const shown = [...ALWAYS, ...IF_ANY.filter((each) => counts[each] > 0)];
  return (
    <dl className={styles.counts}>
      {shown.map((each) => (
        <div key={each} data-bad={each === 'failed' && counts.failed > 0}>
          <dt>{t(WORDS[each])}</dt>
          <dd>{formatCount(language, counts[each])}</dd>
        </div>
      ))}
    </dl>
  );
}
