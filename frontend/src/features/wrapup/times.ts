/** When to call back, as people say it. Pure. */

export type When = 'in_an_hour' | 'this_afternoon' | 'tomorrow' | 'monday';

const MORNING_H = 10;
const AFTERNOON_H = 16;

function at(now: Date, days: number, hour: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}

function moment(when: When, now: Date): Date {
  switch (when) {
    case 'in_an_hour': {
      const due = new Date(now.getTime() + 3_600_000);
      due.setSeconds(0, 0);
      return due;
    }
    case 'this_afternoon':
      return at(now, 0, AFTERNOON_H);
    case 'tomorrow':
      return at(now, 1, MORNING_H);
    case 'monday':
      return at(now, (8 - now.getDay()) % 7 || 7, MORNING_H);
  }
}

/** What makes sense now: no afternoon that is over, no Monday that is tomorrow. */
export function timesFrom(nowMs: number): { when: When; at: Date }[] {
  const now = new Date(nowMs);
  const all = (['in_an_hour', 'this_afternoon', 'tomorrow', 'monday'] as const).map((when) => ({
    when,
    at: moment(when, now),
  }));
  return all.filter(
    (each, place) =>
      each.at.getTime() > nowMs + 30 * 60_000 &&
      !all.slice(0, place).some((before) => before.at.getTime() === each.at.getTime()),
  );
}
