/** What became, or would become, of the rows. */
import { useWords } from '../../i18n';
import { formatCount } from '../../format/time';
import type { Import } from './imports';
import styles from './imports.module.css';

const ALWAYS = ['created', 'updated', 'failed'] as const;
const IF_ANY = ['unchanged', 'skipped', 'orders'] as const;

export function Counts({ counts }: { counts: Import['counts'] }) {
  const { t, language } = useWords();
  const shown = [...ALWAYS, ...IF_ANY.filter((each) => counts[each] > 0)];
  return (
    <dl className={styles.counts}>
      {shown.map((each) => (
        <div key={each} data-bad={each === 'failed' && counts.failed > 0}>
          <dt>{t(`imports.${each}`)}</dt>
          <dd>{formatCount(language, counts[each])}</dd>
        </div>
      ))}
    </dl>
  );
}
