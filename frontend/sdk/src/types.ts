/**
 * What an application sees: small, stable, and free of everything that only our own desk needs. Times are RFC 3339 in
 * UTC, numbers E.164. docs/reference/sdk.md explains each.
 */

export interface ConnectOptions {
  /** Where ringcard is, `https://cti.example.com`. */
  server: string;
  /** A token of whoever works here: Settings → Tokens. It goes into headers and the first word of a channel only. */
  token: string;
  /** How pages are shown; by default in the tab called `ringcard`. A worker has no tabs: it has to say. */
  show?: (url: string) => void;
}

export interface Person {
  employeeId: string;
  login: string;
  name: string;
  /** What this token allows. */
  permissions: string[];
  /** Where they answer now, the one that rings first when they dial. */
  devices: string[];
  language: 'ru' | 'en' | null;
}

export interface Party {
  /** E.164; null if it is internal, withheld, or the role does not see numbers. */
  number: string | null;
  /** As the telephone system told it, or masked. */
  presented: string | null;
  name: string | null;
}

export type CallState = 'ringing' | 'active' | 'held' | 'answered_elsewhere' | 'missed' | 'ended';

export interface Order {
  number: string;
  date: string | null;
  status: string | null;
  total: string | null;
  currency: string | null;
}

export interface Contact {
  contactId: string;
  name: string;
  organisation: string | null;
  position: string | null;
  vip: boolean;
  phones: { number: string | null; presented: string; label: string | null }[];
  orders: Order[];
}

/** One call at one device of whoever the token belongs to. */
export interface Call {
  /** Names this call at this device. */
  popId: string;
  callId: string;
  /** The customer's whole contact, through transfers. */
  conversationId: string;
  device: string;
  state: CallState;
  /** Counts up with every change. */
  revision: number;
  direction: 'inbound' | 'outbound' | 'internal';
  /** The other side: who calls, or who is called. */
  party: Party;
  called: Party;
  queue: string | null;
  startedAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  /** Whose number it is, if that is known. */
  contact: Contact | null;
  /** Where the number is at home. */
  place: string | null;
  mark: 'known' | 'unknown' | 'colleague' | 'vip' | 'withheld';
  /** Who handed it over. */
  transferredBy: string | null;
  /** What they wrote, if anything. */
  handoverNote: string | null;
}

/**
 * `signed_out`: the token opens nothing (any more). `connecting` and `lost` come right by themselves; what was told
 * before is as of then.
 */
export type Connection = 'connecting' | 'up' | 'lost' | 'signed_out' | 'closed';

export interface Events {
  /** A phone of ours begins to ring. */
  ring: Call;
  /** We dial: our phone was asked to ring, the other side does not talk yet. */
  dial: Call;
  /** Somebody talks, at our device. */
  answer: Call;
  /** The call left our device: talked, missed, answered elsewhere, handed over. Its `state` says which. */
  end: Call;
  /**
   * Put aside by the employee, or found to be part of another call. The phone may ring on; it is told of again when it is
   * answered or rings anew.
   */
  hide: Call;
  /** It was handed over to us, or what became of a hand-over changed. */
  handover: Call;
  /** Any change at all, after the event that names it. */
  change: Call;
  /** What became of something that was asked of the telephone system, as dialling. */
  request: Request;
  state: Connection;
}

export type DialTarget =
  string | { number: string } | { callId: string } | { contactId: string; phone?: number };

export interface DialOptions {
  /** Which of one's own devices rings; by default the first that can. */
  device?: string;
  /** The number the other side sees, where the company has several. */
  callerId?: string;
  /** Of what the employee did: a key that was seen before dials nothing again. By default each `dial` has its own. */
  key?: string;
}

/** Accepted: our own phone rings. What becomes of it follows as events, `request` among them. */
export interface Dialled {
  callId: string;
  requestId: string;
}

/** `done` when the other side answered; else `reason` says why not: docs/reference/live-channel.md. */
export interface Request {
  requestId: string;
  callId: string;
  /** `MakeCall` for what `dial` asked. */
  service: string;
  state: 'accepted' | 'done' | 'failed' | 'timed_out';
  reason: string | null;
  /** The telephone system's own words. */
  detail: string | null;
}

/** What dialling a text would do. Nothing is dialled. */
export interface Preview {
  number: string | null;
  kind: 'outside' | 'internal' | 'emergency' | 'unknown';
  /** Whose number it is: of a card or a colleague. */
  who: string | null;
  place: string | null;
  /** Which of one's own would ring. */
  device: string | null;
  callerIds: string[];
  /** What speaks against it: `night`, `do_not_call`, `premium`, `blocked`, `self`, `mobile_twin`. */
  warnings: { code: string; localTime: string | null }[];
  allowed: boolean;
}

export interface Click {
  /** As it stands in the page. */
  number: string;
  element: Element;
  /** Dials it, once. */
  dial: (options?: DialOptions) => Promise<Dialled>;
}

export type PopTarget = { contactId: string } | { callId: string } | { number: string };

export interface Log {
  text: string;
  /** Of which call; without `contactId` its card is meant. */
  callId?: string;
  contactId?: string;
}
