import { useMinute } from '../live/clock';
import { useServerNow } from '../live/store';
import {
  dayOf,
  formatAway,
  formatDay,
  formatDuration,
  formatMoment,
  formatTime,
  localDate,
} from '../format/time';
import { useWords } from '../i18n';

const MINUTE_MS = 60_000;

interface MomentProps {
  at: string;
  dateOnly?: boolean;
  /** Never “a minute ago”: what is compared with other times keeps its own. */
  clock?: boolean;
}

/** When it was, as short as it can be said; the whole moment, and how long ago that is, on hover. */
export function Moment({ at, dateOnly = false, clock = false }: MomentProps) {
  const { t, language } = useWords();
  const nowMs = useMinute();
  const atMs = dateOnly ? localDate(at) : Date.parse(at);
  const day = dayOf(language, atMs, nowMs);
  const time = formatTime(language, atMs);
  const awayMs = atMs - nowMs;
  const said = (): string => {
    if (!dateOnly && !clock && Math.abs(awayMs) < 60 * MINUTE_MS) return formatAway(language, awayMs);
    switch (day.day) {
      case 'today':
        return dateOnly ? t('time.today') : time;
      case 'yesterday':
        return dateOnly ? t('time.yesterday') : t('time.yesterday_at', { time });
      case 'date':
        return dateOnly ? day.text : t('time.day_at', { day: day.text, time });
    }
  };
  return (
    <time
      dateTime={at}
      title={
        dateOnly
          ? formatDay(language, atMs)
          : `${formatMoment(language, atMs)} · ${formatAway(language, awayMs)}`
      }
    >
      {said()}
    </time>
  );
}

/** Runs while the connection is up. Screen readers are not told every second. */
export function Timer({ since }: { since: string }) {
  const now = useServerNow();
  return (
    <span className="figures" role="timer" aria-live="off">
      {formatDuration((now - Date.parse(since)) / 1000)}
    </span>
  );
}
