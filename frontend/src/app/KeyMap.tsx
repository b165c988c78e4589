import { Kbd } from '@mantine/core';

import { useWords } from '../i18n';
import { SidePanel } from '../ui/SidePanel';
import styles from './Shell.module.css';

const KEYS = [
  ['Ctrl K', 'keys.dial'],
  ['/', 'keys.dial'],
  ['N', 'keys.note'],
  ['O', 'keys.open'],
  ['W', 'keys.why'],
  ['Esc', 'keys.hide'],
  ['?', 'keys.help'],
] as const;

/** What the keys do; opened by `?`. */
export function KeyMap({ close }: { close: () => void }) {
  const { t } = useWords();
  return (
    <SidePanel title={t('keys.title')} close={close}>
      <dl className={styles.keys}>
        {KEYS.map(([key, words]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>
              <Kbd>{key}</Kbd>
            </dt>
            <dd>{t(words)}</dd>
          </div>
        ))}
      </dl>
      <p style={{ color: 'var(--ink-3)' }}>{t('keys.typing')}</p>
    </SidePanel>
  );
}
