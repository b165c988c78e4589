/** One's own state in the top bar: ready, not ready and why, the time after a call. Not there for who has no phone. */
import { Popover } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef, type KeyboardEvent } from 'react';

import { server } from '../../api/server';
import type { Presence } from '../../api/types';
import { errorWords } from '../../app/errors';
import { isKey, keyShortcuts, useKeys } from '../../app/keys';
import { useMay } from '../../app/rights';
import { useSession } from '../../app/session';
import { formatDuration } from '../../format/time';
import { useWords } from '../../i18n';
import { useLive, useServerNow } from '../../live/store';
import { Timer } from '../../ui/Moment';
import { toast } from '../../ui/toasts';
import { choosePresence, nextWords, openPresence, usePresenceOpened } from './menu';
import styles from './presence.module.css';
import { PresenceMark } from './PresenceMark';

const LONGER_S = 60;

export function PresenceSwitch() {
  const { t } = useWords();
  const { me } = useSession();
  const may = useMay();
  const presence = useLive((state) => state.presence[me.employee_id]);
  const opened = usePresenceOpened();
  const known = useLive((state) => state.epoch !== null);
  const has = me.devices.length > 0 && may('calls.make');
  const there = presence !== undefined && has;
  useKeys(there ? { presence: () => openPresence(true) } : {});
  if (!there && has && !known)
    // Its place: the search beside it would be pushed aside.
    return (
      <span className={styles.mine} data-waiting aria-hidden="true">
        <PresenceMark state="ready" />
        <span className={styles.mineWord}>{t('presence.mine.ready')}</span>
      </span>
    );
  if (!there) return null;
  const words = presence.reason ?? t(`presence.mine.${presence.state}`);
  return (
    <Popover
      position="bottom-end"
      width={280}
      transitionProps={{ duration: 100 }}
      opened={opened}
      onChange={openPresence}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <button
          type="button"
          className={styles.mine}
          data-state={presence.state}
          aria-keyshortcuts={keyShortcuts('presence')}
          onClick={() => openPresence(!opened)}
        >
          <PresenceMark state={presence.state} />
          <span className="for-readers">{t('presence.mine_menu')}: </span>
          <span className={styles.mineWord}>{words}</span>
          {presence.state === 'after_call' && <Left presence={presence} />}
          {presence.state === 'not_ready' && <Timer since={presence.since} />}
        </button>
      </Popover.Target>
      <Popover.Dropdown p={4} aria-label={t('presence.mine_menu')}>
        <Choices presence={presence} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** What is left of the time after a call. */
function Left({ presence }: { presence: Presence }) {
  const nowMs = useServerNow();
  const { until } = presence;
  if (until === null) return <Timer since={presence.since} />;
  return (
    <span className="figures" role="timer" aria-live="off">
      {formatDuration(Math.max(0, (Date.parse(until) - nowMs) / 1000))}
    </span>
  );
}

function Choices({ presence }: { presence: Presence }) {
  const { t } = useWords();
  const list = useRef<HTMLDivElement>(null);
  const reasons = useQuery({ queryKey: ['pause reasons'], queryFn: () => server.pauseReasons() });
  const choose = (state: 'ready' | 'not_ready', reason: string | null = null): void => {
    openPresence(false);
    void choosePresence(t, state, reason);
  };
  const walk = (event: KeyboardEvent): void => {
    const step = isKey(event, 'next') ? 1 : isKey(event, 'previous') ? -1 : 0;
    if (step === 0) return;
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.findIndex((each) => each === document.activeElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
    event.preventDefault();
  };
  const then = nextWords(t, presence);
  const busy = presence.state === 'busy';
  return (
    <div ref={list} className={styles.menu} onKeyDown={walk}>
      {(busy || then) && <p>{then ?? t('presence.counts_later')}</p>}
      {presence.state === 'after_call' && presence.until !== null && (
        <button
          type="button"
          onClick={() =>
            void server.extendAfterCall(LONGER_S).catch((error: unknown) => toast(errorWords(t, error)))
          }
        >
          <PresenceMark state="after_call" />
          {t('presence.longer')}
        </button>
      )}
      <button
        type="button"
        aria-current={presence.state === 'ready' || undefined}
        onClick={() => choose('ready')}
      >
        <PresenceMark state="ready" />
        {t('presence.mine.ready')}
      </button>
      {(reasons.data?.items.length ? reasons.data.items : [null]).map((reason) => (
        <button
          key={reason ?? ''}
          type="button"
          aria-current={(presence.state === 'not_ready' && presence.reason === reason) || undefined}
          onClick={() => choose('not_ready', reason)}
        >
          <PresenceMark state="not_ready" />
          <span>
            {reason ?? t('presence.mine.not_ready')}
            {reason !== null && <small>{t('presence.mine.not_ready')}</small>}
          </span>
        </button>
      ))}
    </div>
  );
}
