/** Small pieces that say something: pills, empty places, trouble, keys. */
import { Button } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { errorWords } from '../app/errors';
import { useWords } from '../i18n';
import styles from './ui.module.css';

export function Pill({ children, kind }: { children: ReactNode; kind?: 'vip' }) {
  return (
    <span className={styles.pill} data-kind={kind}>
      {children}
    </span>
  );
}

/** What will be here, and how to get something here. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Trouble({ children, again }: { children: ReactNode; again?: (() => void) | undefined }) {
  const { t } = useWords();
  return (
    <div className={styles.trouble} role="alert">
      <IconAlertTriangle size={18} aria-hidden="true" />
      <div>{children}</div>
      {again && (
        <Button size="compact-sm" variant="default" onClick={again}>
          {t('common.try_again')}
        </Button>
      )}
    </div>
  );
}

export function ErrorTrouble({ error, again }: { error: unknown; again?: () => void }) {
  const { t } = useWords();
  return <Trouble again={again}>{errorWords(t, error)}</Trouble>;
}

export function Notice({ children }: { children: ReactNode }) {
  return (
    <div className={styles.notice}>
      <IconInfoCircle size={18} aria-hidden="true" />
      <div>{children}</div>
    </div>
  );
}

/** A key on a button; readers are told by `aria-keyshortcuts` on the button itself. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className={styles.key} aria-hidden="true">
      {children}
    </kbd>
  );
}
