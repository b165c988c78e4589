/** The queues: how many of ours take calls, and who waits since when. Nothing where the server tells of none. */
import { memo } from 'react';

import type { QueueState } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { useWords, type Words } from '../../i18n';
import { useLive } from '../../live/store';
import { Timer } from '../../ui/Moment';
import styles from './presence.module.css';

const SHOWN = 5;

export function Queues() {
  const { t } = useWords();
  const queues = useLive((state) => state.queues);
  const all = Object.entries(queues);
  if (all.length === 0) return null;
  return (
    <section className={styles.queues} aria-label={t('presence.queues')}>
      {all.map(([key, queue]) => (
        <Queue key={key} queue={queue} />
      ))}
    </section>
  );
}

/** Who it is, for whoever may know it. */
function whoWaits(t: Words, caller: QueueState['waiting'][number]): string {
  if (caller.name !== null) return caller.name;
  if (caller.number !== null) return formatPhone(caller.number);
  if (caller.presented !== null) return caller.presented;
  return t(caller.call_id === null ? 'presence.somebody' : 'calls.withheld');
}

const Queue = memo(function Queue({ queue }: { queue: QueueState }) {
  const { t } = useWords();
  const { waiting } = queue;
  const more = waiting.length - SHOWN;
  return (
    <article className={styles.queue} data-waiting={waiting.length > 0 || undefined}>
      <header>
        <h2>{queue.name ?? queue.queue}</h2>
        <span>{t('presence.taking', { ready: queue.ready, members: queue.members })}</span>
      </header>
      {waiting.length === 0 ? (
        <p>{t('presence.nobody_waits')}</p>
      ) : (
        <ol>
          {waiting.slice(0, SHOWN).map((caller) => (
            <li key={caller.position}>
              <span>
                {caller.position}. {whoWaits(t, caller)}
              </span>
              <Timer since={caller.since} />
            </li>
          ))}
        </ol>
      )}
      {more > 0 && <p>{t('presence.more', { count: more })}</p>}
    </article>
  );
});
