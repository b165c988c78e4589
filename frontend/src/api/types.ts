/**
 * What the server says and takes, field by field as docs/reference/live-channel.md and call-record.md have it.
 * Times are RFC 3339 in UTC, durations seconds, numbers E.164.
 */

export type Role = 'employee' | 'supervisor' | 'admin';
export type Language = 'ru' | 'en';

export interface Me {
  employee_id: string;
  login: string;
  name: string;
  role: Role;
  devices: string[];
  language: Language | null;
  csrf_token: string;
}

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** RFC 9457. `error_id` is stable: the screen's words hang on it, never on `title` or `detail`. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  error_id: string;
}

export interface Party {
  number: string | null;
  presented: string | null;
  device: string | null;
  name: string | null;
}

export type Direction = 'inbound' | 'outbound' | 'internal';
export type Disposition = 'answered' | 'no_answer' | 'busy' | 'rejected' | 'abandoned' | 'failed';
export type Outcome =
  | 'answered'
  | 'answered_elsewhere'
  | 'no_answer'
  | 'busy'
  | 'rejected'
  | 'cancelled'
  | 'unreachable'
  | 'forwarded';
export type TransferKind = 'blind' | 'attended' | 'pickup' | 'park' | 'forward' | 'redirect';

export interface DeviceStint {
  device: string;
  ringing_at: string | null;
  answered_at: string | null;
  left_at: string | null;
  outcome: Outcome | null;
  talk_s: number;
  hold_s: number;
}

export interface Hold {
  /** A device, or `customer`. */
  by: string;
  from: string;
  to: string | null;
}

export interface Transfer {
  kind: TransferKind;
  by: string | null;
  to: string | null;
  at: string;
  completed: boolean;
}

export interface Consultation {
  by: string;
  to: string | null;
  started_at: string;
  ringing_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  outcome: Outcome | null;
}

export interface Recording {
  file: string;
  started_at: string;
  duration_s: number | null;
}

export interface ContactReference {
  contact_id: string;
  name: string;
  organisation: string | null;
}

export interface CallRecord {
  call_id: string;
  conversation_id: string;
  direction: Direction;
  pbx_ids: string[];
  gaps: { from: string; to: string }[];
  caller: Party;
  called: Party;
  queue: string | null;
  started_at: string;
  answered_at: string | null;
  ended_at: string | null;
  disposition: Disposition | null;
  ended_by: string | null;
  devices: DeviceStint[];
  holds: Hold[];
  transfers: Transfer[];
  consultations: Consultation[];
  conference: boolean;
  recordings: Recording[];
  talk_s: number;
  hold_s: number;
  ring_s: number;
  wait_s: number;
  complete: boolean;
  anomalies: string[];
  contact: ContactReference | null;
  /** Device to the name of the employee who had it. */
  employees: Record<string, string>;
}

export interface EmployeeReference {
  employee_id: string;
  name: string;
}

export interface OrderItem {
  name: string;
  /** Decimal string. */
  quantity: string | number;
  price: string;
}

export interface Order {
  number: string;
  date: string;
  status: string | null;
  /** Decimal string. */
  total: string | null;
  currency: string | null;
  items: OrderItem[];
}

export interface Note {
  note_id: string;
  text: string;
  author: string | null;
  at: string;
  call_id: string | null;
}

export interface Phone {
  number: string;
  presented?: string | null;
  label?: string | null;
}

export interface Email {
  email: string;
  label?: string | null;
}

export interface Contact {
  contact_id: string;
  version: number;
  kind: 'person' | 'organisation';
  name: string;
  organisation: string | null;
  position: string | null;
  phones: Phone[];
  emails: Email[];
  manager: EmployeeReference | null;
  segment: string | null;
  tags: string[];
  vip: boolean;
  city: string | null;
  comment: string | null;
  orders: Order[];
  notes: Note[];
  created_at: string;
  updated_at: string;
}

/** What the form sends: what is left out, the server leaves or sets to nothing. */
export interface ContactDraft {
  kind: 'person' | 'organisation';
  name: string;
  organisation: string | null;
  position: string | null;
  phones: Phone[];
  emails: Email[];
  segment: string | null;
  tags: string[];
  vip: boolean;
  city: string | null;
  comment: string | null;
}

export interface Employee {
  employee_id: string;
  name: string;
  role: Role;
  devices: string[];
}

export type DeviceState =
  'idle' | 'ringing' | 'busy' | 'held' | 'do_not_disturb' | 'forwarded' | 'unreachable' | 'unknown';

export interface Device {
  device: string;
  pbx: string;
  state: DeviceState;
  since: string | null;
  source: string | null;
  employee: EmployeeReference | null;
}

export type LinkState = 'connecting' | 'up' | 'down' | 'refused';

export interface Link {
  pbx: string;
  state: LinkState;
  since: string;
  problem: string | null;
}

export interface CallSummary {
  call_id: string;
  direction: Direction;
  started_at: string;
  disposition: Disposition | null;
  talk_s: number;
  device: string | null;
  employee: string | null;
  queue: string | null;
}

export interface SourceAnswer {
  source: string;
  status: 'pending' | 'found' | 'nothing' | 'late' | 'failed';
  ms: number | null;
  matched: string | null;
  as_of: string | null;
}

export type PopState = 'ringing' | 'active' | 'held' | 'answered_elsewhere' | 'missed' | 'ended';
export type Mark = 'known' | 'unknown' | 'colleague' | 'vip' | 'withheld';

export interface DeviceName {
  device: string;
  name: string | null;
}

export interface Pop {
  pop_id: string;
  call_id: string;
  conversation_id: string;
  device: string;
  state: PopState;
  revision: number;
  direction: Direction;
  caller: Party;
  called: Party;
  queue: string | null;
  started_at: string;
  ringing_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  transferred_by: DeviceName | null;
  /** A colleague who asks for advice before handing the call over; absent in older servers. */
  consulted_by?: DeviceName | null;
  answered_by: DeviceName | null;
  mark: Mark;
  number_place: string | null;
  contact: Contact | null;
  other_matches: ContactReference[];
  colleague: { employee_id: string; name: string; device: string } | null;
  last_calls: CallSummary[];
  sources: SourceAnswer[];
}

export interface Shown {
  session: string;
  at: string;
  ring_to_shown_ms: number | null;
}

export interface WhyOfPop {
  pop_id: string;
  device: string;
  employee: string | EmployeeReference | null;
  rang_at: string;
  sent_at: string | null;
  shown_at: string | null;
  ring_to_sent_ms: number | null;
  ring_to_shown_ms: number | null;
  matched_number: string | null;
  sources: SourceAnswer[];
  shown: Shown[];
}

export interface Why {
  call_id: string;
  pops: WhyOfPop[];
}

export type ServerFrame =
  | {
      type: 'snapshot';
      epoch: string;
      seq: number;
      now: string;
      me: Me;
      pops: Pop[];
      calls: CallRecord[];
      devices: Device[];
      links: Link[];
    }
  | { type: 'resumed'; epoch: string; seq: number }
  | { type: 'pop'; seq: number; pop: Pop }
  | { type: 'pop_removed'; seq: number; pop_id: string }
  | { type: 'call'; seq: number; call: CallRecord }
  | { type: 'call_removed'; seq: number; call_id: string }
  | { type: 'device'; seq: number; device: Device }
  | { type: 'link'; seq: number; link: Link }
  | { type: 'pong' };

export type ClientFrame =
  | { type: 'shown'; pop_id: string; revision: number; painted_at: string }
  | { type: 'hide'; pop_id: string }
  | { type: 'ping' };

/** Why the server closed the live channel; other codes are the network's. */
export const CLOSE = { NOT_SIGNED_IN: 4401, TOO_SLOW: 4408, TOO_MANY: 4429 } as const;
