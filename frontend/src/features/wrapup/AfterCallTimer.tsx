/** How long after-call work lasts yet; it can be made longer, or ended. */
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';

import { server } from '../../api/server';
import type { Presence } from '../../api/types';
import { errorWords } from '../../app/errors';
import { formatDuration } from '../../format/time';
import { useWords } from '../../i18n';
import { useServerNow } from '../../live/store';
import { toast } from '../../ui/toasts';
import styles from './wrapup.module.css';

const LONGER_S = 60;

export function AfterCallTimer({ presence }: { presence: Presence }) {
  const { t } = useWords();
  const nowMs = useServerNow();
  const onError = (error: unknown): void => toast(errorWords(t, error));
  const extend = useMutation({ mutationFn: () => server.extendAfterCall(LONGER_S), onError });
  const ready = useMutation({ mutationFn: () => server.setPresence({ state: 'ready' }), onError });
  const left = presence.until === null ? null : (Date.parse(presence.until) - nowMs) / 1000;
  return (
    <div className={styles.timer}>
      <span>{t('handling.after_call')}</span>
      <strong className="figures" role="timer" aria-live="off">
        {left === null
          ? formatDuration((nowMs - Date.parse(presence.since)) / 1000)
          : formatDuration(Math.max(0, left))}
      </strong>
      {left !== null && (
        <Button
          size="compact-sm"
          variant="default"
          loading={extend.isPending}
          onClick={() => extend.mutate()}
        >
          {t('handling.longer')}
        </Button>
      )}
      <Button size="compact-sm" variant="default" loading={ready.isPending} onClick={() => ready.mutate()}>
        {t('handling.ready_now')}
      </Button>
    </div>
  );
}
