/**
 * A panel at the right that leaves the rest in reach: the phone may ring while somebody reads it. Escape closes it,
 * and the focus goes back to where it came from.
 */
import { CloseButton } from '@mantine/core';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

import { useKeys } from '../app/keys';
import { useWords } from '../i18n';
import styles from './ui.module.css';

export function SidePanel({
  title,
  close,
  children,
}: {
  title: string;
  close: () => void;
  children: ReactNode;
}) {
  const { t } = useWords();
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const [before] = useState(() => document.activeElement);
  useEffect(() => {
    // Not if a field in it has taken the focus already.
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [before]);
  useKeys({ close });
  return (
    <div
      ref={panel}
      className={styles.panel}
      role="dialog"
      aria-labelledby={id}
      tabIndex={-1}
      data-side-panel
    >
      <div className={styles.panelHead}>
        <h2 id={id}>{title}</h2>
        <CloseButton aria-label={t('common.close')} onClick={close} />
      </div>
      {children}
    </div>
  );
}
