/** A newer version is there: a quiet offer. It never loads by itself, because a call may be going on. */
import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useEffect } from 'react';

import { useWords } from '../i18n';
import { useConnection } from '../live/store';
import { lookForNewer, takeNewer, useApp } from './pwa';
import styles from './Shell.module.css';

export function NewerVersion() {
  const { t } = useWords();
  const { newer } = useApp();
  const up = useConnection().state === 'up';
  useEffect(() => {
    if (up) lookForNewer();
  }, [up]);
  return (
    <div role="status" className={styles.newer}>
      {newer && (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconRefresh size={16} aria-hidden="true" />}
          title={t('app.newer_means')}
          onClick={takeNewer}
        >
          {t('app.newer')}
        </Button>
      )}
    </div>
  );
}
