import { expect, it } from 'vitest';

import type { CallRecord, CardChange, Note, Order, Reminder } from '../../api/types';
import { entriesOf } from './CardTimeline';

const call = (id: string, at: string) => ({ call_id: id, started_at: at }) as CallRecord;
const contact = {
  notes: [{ note_id: 'n', at: '2026-11-03T09:00:00Z' } as Note],
  orders: [{ number: '1', date: '2026-11-02' } as Order, { number: '2', date: null } as Order],
};
const reminders = [
  { reminder_id: 'r', due_at: '2026-12-01T09:00:00Z', done_at: null } as Reminder,
  { reminder_id: 'd', due_at: '2026-12-01T09:00:00Z', done_at: '2026-11-04T09:00:00Z' } as Reminder,
];
const changes = [{ change_id: 'c', at: '2026-11-01T09:00:00Z' } as CardChange];

it('is one list of everything, newest first, what has no day at its end', () => {
  const calls = [call('b', '2026-11-03T10:00:00Z'), call('a', '2026-10-01T10:00:00Z')];
  expect(entriesOf(contact, calls, reminders, changes, -Infinity).map((each) => each.key)).toEqual([
    'reminder r',
    'reminder d',
    'b',
    'note n',
    'order 1',
    'change c',
    'a',
    'order 2',
  ]);
});

it('holds back what is older than the calls that are known', () => {
  const calls = [call('b', '2026-11-03T10:00:00Z')];
  const since = Date.parse('2026-11-03T10:00:00Z');
  expect(entriesOf(contact, calls, reminders, changes, since).map((each) => each.key)).toEqual([
    'reminder r',
    'reminder d',
    'b',
  ]);
});
