/** The state of the live channel and of the links to the PBXs, in words and by shape. */
import { Button } from '@mantine/core';
import { IconPlugConnected, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';

import { formatAway, formatSince } from '../format/time';
import { useWords } from '../i18n';
import { useMinute } from '../live/clock';
import { live, useConnection, useLive } from '../live/store';
import styles from './Shell.module.css';

export function ConnectionMark() {
  const { t } = useWords();
  const connection = useConnection();
  const links = useLive((state) => state.links);
  const down = Object.values(links).find((link) => link.state !== 'up');
  if (connection.state === 'lost' || connection.state === 'too_many')
    return (
      <span className={styles.connection} data-bad>
        <IconPlugConnectedX size={18} aria-hidden="true" />
        <span>{t('connection.lost')}</span>
      </span>
    );
  if (connection.state !== 'up')
    return (
      <span className={styles.connection}>
        <IconRefresh size={18} aria-hidden="true" />
        <span>{t('connection.connecting')}</span>
      </span>
    );
  if (down)
    return (
      <span className={styles.connection} data-bad>
        <IconPlugConnectedX size={18} aria-hidden="true" />
        <span>{t('connection.pbx_short')}</span>
      </span>
    );
  return (
    <span className={styles.connection} title={t('connection.up_long')}>
      <IconPlugConnected size={18} aria-hidden="true" />
      <span>{t('connection.up')}</span>
    </span>
  );
}

/** What is on the screen may be old: says since when, what that means, and what happens next. */
export function StaleBanner() {
  const { t, language } = useWords();
  const connection = useConnection();
  const links = useLive((state) => state.links);
  const now = useMinute();
  if (connection.state === 'lost' || connection.state === 'too_many') {
    const heard = connection.heardAtMs;
    return (
      <div className={styles.banner} role="status">
        <strong>
          <IconPlugConnectedX size={18} aria-hidden="true" />
          {heard === null
            ? t('connection.never')
            : t('connection.as_of', { time: formatSince(language, heard, now) })}
          {heard !== null && now - heard >= 60_000 && <small>{formatAway(language, heard - now)}</small>}
        </strong>
        <span>{connection.state === 'lost' ? t('connection.lost_means') : t('connection.crowded')}</span>
        <Button size="compact-sm" variant="default" onClick={live.retryNow}>
          {t('connection.retry')}
        </Button>
      </div>
    );
  }
  const down = Object.values(links).filter((link) => link.state === 'down' || link.state === 'refused');
  if (connection.state !== 'up' || down.length === 0) return null;
  return (
    <div className={styles.banner} role="status">
      {down.map((link) => (
        <span key={link.pbx}>
          <strong>
            <IconPlugConnectedX size={18} aria-hidden="true" />
            {t('connection.pbx_as_of', { pbx: link.pbx, time: formatSince(language, link.since, now) })}
          </strong>{' '}
          {t('connection.pbx_means')}{' '}
          {t(link.state === 'refused' ? 'connection.pbx_refused' : 'connection.pbx_down')}
        </span>
      ))}
    </div>
  );
}
