/** The page is here, the server is not: nobody knows yet who is signed in. Says what that means, and keeps trying. */
import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect } from 'react';

import { useWords } from '../i18n';
import styles from './Shell.module.css';

const TRY_EVERY_MS = 5000;

export function Unreachable({ again, trying }: { again: () => void; trying: boolean }) {
  const { t } = useWords();
  useEffect(() => {
    const timer = setInterval(again, TRY_EVERY_MS);
    window.addEventListener('online', again);
    return () => {
      clearInterval(timer);
      window.removeEventListener('online', again);
    };
  }, [again]);
  return (
    <main className={styles.unreachable}>
      <IconPlugConnectedX size={40} stroke={1.5} aria-hidden="true" />
      <h1>{t('connection.never')}</h1>
      <p>{t('connection.never_means')}</p>
      <Button onClick={again} loading={trying}>
        {t('connection.retry')}
      </Button>
    </main>
  );
}
