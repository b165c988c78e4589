/**
 * What this browser knows to be so now, as a pure fold over the server's frames.
 *
 * Frames may come twice (a resume that overlaps), a pop's older revision may come after a newer one, and a frame may
 * be missing. A duplicate changes nothing, a gap in `seq` asks for a new snapshot (`resync`) rather than guessing.
 */
import type {
  CallRecord,
  Contact,
  Device,
  DueReminder,
  Handover,
  Link,
  Me,
  MissedCaller,
  Pop,
  Preferences,
  Presence,
  QueueState,
  ServerFrame,
  ServiceRequest,
} from '../api/types';

export interface LiveState {
  epoch: string | null;
  /** Number of the last frame that is in this state. */
  seq: number;
  /** Server clock less ours at the last snapshot, in ms; timers run on the server's clock. */
  clockOffsetMs: number;
  /** A frame was missed: only a new snapshot helps. */
  resync: boolean;
  me: Me | null;
  pops: Record<string, Pop>;
  /** Calls that last, by id. */
  calls: Record<string, CallRecord>;
  /** Calls that ended while we watched, newest first, so that the history need not be asked again. */
  recent: CallRecord[];
  /** Callers whom nobody answered and nobody dealt with yet, by id. */
  missed: Record<string, MissedCaller>;
  preferences: Preferences;
  devices: Record<string, Device>;
  links: Record<string, Link>;
  /** What was asked of calls here or in another tab, by id: what is not settled, and what settled lately. */
  services: Record<string, ServiceRequest>;
  /** Hand-overs from and to this employee that were heard of while we watched, by id. */
  handovers: Record<string, Handover>;
  /** One's own that fell due and are not done, by id. */
  reminders: Record<string, DueReminder>;
  /** Colleagues' states over their phones', by employee. Empty where the server does not tell. */
  presence: Record<string, Presence>;
  queues: Record<string, QueueState>;
  /** Pops put aside here, with the state they are in, until the server says that they are gone: see `showsAgain`. */
  hidden: Record<string, Pop['state']>;
  /** Cards made here for a pop, until the server's next revision of it brings them. */
  linked: Record<string, Contact>;
}

export type LiveAction =
  | { type: 'frame'; frame: ServerFrame; receivedAtMs: number }
  | { type: 'hide'; popId: string }
  | { type: 'link'; popId: string; contact: Contact }
  | { type: 'forget' };

const RECENT_KEPT = 100;
const SETTLED_KEPT = 50;
const TALKING: ReadonlySet<Pop['state']> = new Set<Pop['state']>(['active', 'held']);

export const NOTHING: LiveState = {
  epoch: null,
  seq: 0,
  clockOffsetMs: 0,
  resync: false,
  me: null,
  pops: {},
  calls: {},
  recent: [],
  missed: {},
  preferences: {
    pop_when: 'on_ring',
    ring_sound: false,
    auto_answer: false,
    notify: false,
    missed_mail: false,
    mail_address: null,
  },
  devices: {},
  links: {},
  services: {},
  handovers: {},
  reminders: {},
  presence: {},
  queues: {},
  hidden: {},
  linked: {},
};

export function deviceKey(device: Pick<Device, 'pbx' | 'device'>): string {
  return `${device.pbx}/${device.device}`;
}

function queueKey(queue: Pick<QueueState, 'pbx' | 'queue'>): string {
  return `${queue.pbx}/${queue.queue}`;
}

/** With this one as the newest; more than enough are not kept. */
function latest<Value>(record: Record<string, Value>, key: string, value: Value): Record<string, Value> {
  const others = Object.entries(record).filter(([each]) => each !== key);
  return Object.fromEntries<Value>([...others.slice(-SETTLED_KEPT), [key, value]]);
}

function byKey<Item>(items: Item[], key: (item: Item) => string): Record<string, Item> {
  return Object.fromEntries(items.map((item) => [key(item), item]));
}

function without<Value>(record: Record<string, Value>, key: string): Record<string, Value> {
  if (!(key in record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== key));
}

function only<Value>(
  record: Record<string, Value>,
  stays: (value: Value, key: string) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key, value]) => stays(value, key)));
}

/** As on the server (`desk/pops.py`): it rings anew, or its call was taken and needs its panel. */
function showsAgain(before: Pop['state'], now: Pop['state']): boolean {
  if (now === 'ringing') return before !== 'ringing';
  return TALKING.has(now) && !TALKING.has(before);
}

function withPop(state: LiveState, pop: Pop): LiveState {
  const held = state.pops[pop.pop_id];
  if (held && held.revision >= pop.revision) return state;
  const hiddenIn = state.hidden[pop.pop_id];
  const comesBack = hiddenIn !== undefined && showsAgain(hiddenIn, pop.state);
  return {
    ...state,
    pops: { ...state.pops, [pop.pop_id]: pop },
    hidden: comesBack
      ? without(state.hidden, pop.pop_id)
      : hiddenIn === undefined
        ? state.hidden
        : { ...state.hidden, [pop.pop_id]: pop.state },
    linked: pop.contact ? without(state.linked, pop.pop_id) : state.linked,
  };
}

function withCall(state: LiveState, call: CallRecord): LiveState {
  if (call.ended_at === null) return { ...state, calls: { ...state.calls, [call.call_id]: call } };
  const others = state.recent.filter((each) => each.call_id !== call.call_id);
  return {
    ...state,
    calls: without(state.calls, call.call_id),
    recent: [call, ...others].slice(0, RECENT_KEPT),
  };
}

function withFrame(state: LiveState, frame: ServerFrame, receivedAtMs: number): LiveState {
  switch (frame.type) {
    case 'pong':
      return state;
    case 'resumed':
      // Nothing was lost. `seq` stays ours: the frames after it are still to come and count on from it.
      return { ...state, resync: false };
    case 'snapshot': {
      const pops = byKey(frame.pops, (pop) => pop.pop_id);
      const live = frame.calls.filter((call) => call.ended_at === null);
      return {
        epoch: frame.epoch,
        seq: frame.seq,
        clockOffsetMs: Date.parse(frame.now) - receivedAtMs,
        resync: false,
        me: frame.me,
        pops,
        calls: byKey(live, (call) => call.call_id),
        recent: [],
        missed: byKey(frame.missed, (caller) => caller.missed_id),
        preferences: frame.preferences,
        devices: byKey(frame.devices, deviceKey),
        links: byKey(frame.links, (link) => link.pbx),
        // What settled while we were away is asked for by whoever asked (features/control/asked.ts).
        services: byKey(frame.services ?? [], (request) => request.request_id),
        handovers: state.epoch === frame.epoch ? state.handovers : {},
        reminders: byKey(frame.reminders ?? [], (each) => each.reminder_id),
        presence: byKey(frame.presence ?? [], (each) => each.employee_id),
        queues: byKey(frame.queues ?? [], queueKey),
        hidden: only(state.hidden, (_, key) => key in pops),
        linked: only(state.linked, (_, key) => key in pops),
      };
    }
    default:
      break;
  }
  if (frame.seq <= state.seq) return state;
  if (frame.seq > state.seq + 1) return state.resync ? state : { ...state, resync: true };
  const next = { ...state, seq: frame.seq };
  switch (frame.type) {
    case 'pop':
      return withPop(next, frame.pop);
    case 'pop_removed':
      return {
        ...next,
        pops: without(next.pops, frame.pop_id),
        hidden: without(next.hidden, frame.pop_id),
        linked: without(next.linked, frame.pop_id),
      };
    case 'call':
      return withCall(next, frame.call);
    case 'call_removed':
      return {
        ...next,
        calls: without(next.calls, frame.call_id),
        recent: next.recent.filter((call) => call.call_id !== frame.call_id),
      };
    case 'missed':
      return {
        ...next,
        missed: frame.missed.handled
          ? without(next.missed, frame.missed.missed_id)
          : { ...next.missed, [frame.missed.missed_id]: frame.missed },
      };
    case 'preferences':
      return { ...next, preferences: frame.preferences };
    case 'devices':
      return { ...next, devices: { ...next.devices, ...byKey(frame.devices, deviceKey) } };
    case 'link':
      return { ...next, links: { ...next.links, [frame.link.pbx]: frame.link } };
    case 'service':
      return { ...next, services: latest(next.services, frame.request.request_id, frame.request) };
    case 'handover':
      return { ...next, handovers: latest(next.handovers, frame.handover.handover_id, frame.handover) };
    case 'reminder':
      return {
        ...next,
        reminders: frame.reminder.done_at
          ? without(next.reminders, frame.reminder.reminder_id)
          : { ...next.reminders, [frame.reminder.reminder_id]: frame.reminder },
      };
    case 'presence':
      return { ...next, presence: { ...next.presence, ...byKey(frame.items, (each) => each.employee_id) } };
    case 'queues':
      return {
        ...next,
        queues: only({ ...next.queues, ...byKey(frame.items, queueKey) }, (queue) => !queue.gone),
      };
    case 'link_removed':
      return { ...next, links: without(next.links, frame.pbx) };
    default:
      // A newer server's frame: counted, not understood.
      return next;
  }
}

export function reduce(state: LiveState, action: LiveAction): LiveState {
  switch (action.type) {
    case 'frame':
      return withFrame(state, action.frame, action.receivedAtMs);
    case 'hide': {
      const pop = state.pops[action.popId];
      return pop ? { ...state, hidden: { ...state.hidden, [action.popId]: pop.state } } : state;
    }
    case 'link':
      return state.pops[action.popId]
        ? { ...state, linked: { ...state.linked, [action.popId]: action.contact } }
        : state;
    case 'forget':
      return NOTHING;
  }
}

const ORDER: Record<Pop['state'], number> = {
  ringing: 0,
  active: 1,
  held: 2,
  missed: 3,
  answered_elsewhere: 4,
  ended: 5,
};

/** The pops to draw, what rings first, then what is talked to, held, and over; in each the oldest first. */
export function popsInOrder(state: Pick<LiveState, 'pops' | 'hidden' | 'linked'>): Pop[] {
  return Object.values(state.pops)
    .filter((pop) => !(pop.pop_id in state.hidden))
    .map((pop): Pop => {
      const contact = state.linked[pop.pop_id];
      return contact && !pop.contact ? { ...pop, contact, mark: contact.vip ? 'vip' : 'known' } : pop;
    })
    .sort(
      (a, b) =>
        ORDER[a.state] - ORDER[b.state] ||
        (ORDER[a.state] > 2 ? -1 : 1) * a.started_at.localeCompare(b.started_at) ||
        a.pop_id.localeCompare(b.pop_id),
    );
}

export interface Choice {
  popId: string;
  /** The pops of then with their states: only what rings, or is talked on, since then may take its place. */
  seen: Readonly<Record<string, Pop['state']>>;
}

const LASTS: ReadonlySet<Pop['state']> = new Set<Pop['state']>(['ringing', 'active', 'held']);

/**
 * Which pop's card is open: the one the employee chose while it is there, but a call that is over yields to one that
 * began to ring or to be talked on since; else the conversation going on, which no ringing may push aside; else what rings longest; else
 * what is held; else what ended last.
 */
export function openPop(pops: Pop[], choice: Choice | null): Pop | null {
  const chosen = pops.find((pop) => pop.pop_id === choice?.popId);
  const isNews = ({ pop_id, state }: Pop): boolean =>
    (state === 'ringing' || state === 'active') && choice?.seen[pop_id] !== state;
  if (chosen && (LASTS.has(chosen.state) || !pops.some(isNews))) return chosen;
  return (
    pops.find((pop) => pop.state === 'active') ??
    pops.find((pop) => pop.state === 'ringing') ??
    pops[0] ??
    null
  );
}
