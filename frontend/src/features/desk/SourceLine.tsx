import type { SourceAnswer } from '../../api/types';
import { useWords, type Words } from '../../i18n';
import { keyShortcuts, keyWords } from '../../app/keys';
import { Key } from '../../ui/Words';
import styles from './desk.module.css';

export function sourceName(t: Words, source: string): string {
  return source === 'own' ? t('sources.own') : source;
}

/** Where the card comes from, in one line at its foot; the whole story is one key away. */
export function SourceLine({ sources, showWhy }: { sources: SourceAnswer[]; showWhy: () => void }) {
  const { t } = useWords();
  return (
    <p className={styles.sources}>
      {sources.map((source) => (
        <span key={source.source}>
          {sourceName(t, source.source)}: {t(`sources.${source.status}`)}
          {source.ms !== null && (
            <span className="figures">, {t('sources.ms', { ms: Math.max(1, Math.round(source.ms)) })}</span>
          )}
        </span>
      ))}
      <button type="button" onClick={showWhy} aria-keyshortcuts={keyShortcuts('why')}>
        {t('desk.why_more')} <Key>{keyWords('why')}</Key>
      </button>
    </p>
  );
}
