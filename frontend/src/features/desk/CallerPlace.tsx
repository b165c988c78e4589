/** Where the number is at home, and what time it is there: nobody is called back in the middle of their night. */
import { IconMapPin, IconMoon } from '@tabler/icons-react';

import type { Pop } from '../../api/types';
import { useWords } from '../../i18n';
import { useMinute } from '../../live/clock';
import styles from './desk.module.css';

const NIGHT_FROM_H = 22;
const NIGHT_TO_H = 8;

/** The hour and minute on the wall there; null for a zone that this browser does not know. */
export function wallTime(
  zone: string,
  nowMs: number,
  language: string,
): { text: string; night: boolean } | null {
  try {
    const text = new Intl.DateTimeFormat(language, {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(nowMs);
    const hour = Number(
      new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' }).format(nowMs),
    );
    return { text, night: hour >= NIGHT_FROM_H || hour < NIGHT_TO_H };
  } catch {
    return null;
  }
}

export function CallerPlace({ pop }: { pop: Pop }) {
  const { t, language } = useWords();
  const nowMs = useMinute();
  const time = pop.time_zone ? wallTime(pop.time_zone, nowMs, language) : null;
  if (!pop.number_place && !time) return null;
  return (
    <span className={styles.place}>
      <IconMapPin size={15} aria-hidden="true" />
      {pop.number_place && <span>{time ? `${pop.number_place} ·` : pop.number_place}</span>}
      {time && (
        <span className="figures" data-night={time.night || undefined}>
          {time.night && <IconMoon size={14} aria-hidden="true" />}
          {t(time.night ? 'desk.night_there' : 'desk.time_there', { time: time.text })}
        </span>
      )}
    </span>
  );
}
