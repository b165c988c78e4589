/**
 * What the server says and takes. REST is generated from the OpenAPI file (`npm run client`); the live channel, which
 * OpenAPI cannot describe, follows docs/reference/live-channel.md field by field. Times are RFC 3339 in UTC, durations
 * seconds, numbers E.164.
 */
import type { components } from '../client/schema';

type Schemas = components['schemas'];

export type Me = Schemas['Me'];
export type Role = Me['role'];
export type Language = NonNullable<Me['language']>;

/** Whom to dial: a number, whoever was outside in a call, or a phone of a card; the last two also where numbers are masked. */
export type Dialled = { number: string } | { call_id: string } | { contact_id: string; phone: number };

/** From where, showing which number, and which missed caller is called back by it. */
export interface DialledFrom {
  device?: string;
  caller_id?: string;
  missed_id?: string;
}

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/**
 * RFC 9457. `error_id` is stable: the screen's words hang on it, never on `title` or `detail`. Two are our own:
 * `unreachable` when there was no answer, `unexpected` when the answer was not the server's.
 */
export type ErrorId = Schemas['Problem']['error_id'] | 'unreachable' | 'unexpected';
export type Problem = Partial<Omit<Schemas['Problem'], 'error_id'>> & { status: number; error_id: ErrorId };

export type Party = Schemas['Party'];
export type Direction = Schemas['CallRecord']['direction'];
export type Disposition = NonNullable<Schemas['CallRecord']['disposition']>;

// The contract closes these lists (docs/reference/call-record.md); OpenAPI has them as plain strings.
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

export type DeviceStint = Omit<Schemas['DeviceStint'], 'outcome'> & { outcome: Outcome | null };
export type Transfer = Omit<Schemas['Transfer'], 'kind'> & { kind: TransferKind };
export type Consultation = Omit<Schemas['Consultation'], 'outcome'> & { outcome: Outcome | null };
export type CallRecord = Omit<Schemas['CallRecord'], 'devices' | 'transfers' | 'consultations'> & {
  devices: DeviceStint[];
  transfers: Transfer[];
  consultations: Consultation[];
};

export type Contact = Schemas['Contact'];
export type ContactReference = Schemas['ContactReference'];
export type Order = Schemas['Order'];
export type Note = Schemas['Note'];
export type Employee = Schemas['Employee'];
export type EmployeeReference = Schemas['EmployeeReference'];

/** What the form sends. In a change, what is left out stays as it is. */
export type ContactDraft = Required<
  Pick<
    Schemas['NewContact'],
    | 'kind'
    | 'name'
    | 'organisation'
    | 'position'
    | 'phones'
    | 'emails'
    | 'segment'
    | 'tags'
    | 'vip'
    | 'city'
    | 'comment'
    | 'custom'
  >
>;

export type Erased = Schemas['Erased'];

export type SetupState = Schemas['SetupState'];
export type SetupProgress = Schemas['SetupProgress'];
export type FirstAdministrator = Schemas['FirstAdministrator'];
export type PbxAccount = Schemas['PbxAccount'];
export type ConfigurationLine = Schemas['ConfigurationLine'];
export type PbxCheck = Schemas['PbxCheck'];
export type PbxExamination = Schemas['PbxExamination'];
export type PbxConnection = Schemas['PbxConnection'];
export type SettingsSection = Schemas['SettingsSection'];

export type Device = Schemas['Device'];
export type DeviceState = Device['state'];
export type Link = Omit<Schemas['Pbx'], 'version'>;

export type SourceAnswer = Schemas['SourceReport'];
export type WhyOfPop = Schemas['PopWhy'];
export type Why = Schemas['Why'];

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
  /** IANA, where the number has only one. */
  time_zone: string | null;
  contact: Contact | null;
  matches: Match[];
  choice: 'none' | 'only' | 'open' | 'remembered';
  colleague: { employee_id: string; name: string; device: string } | null;
  /** Null until they are known. */
  last_calls: CallSummary[] | null;
  sources: SourceAnswer[];
  openings: Opening[];
  // What follows is absent in servers that cannot handle calls.
  /** What can be asked now, each with why it cannot; services that make no sense now are not in it. */
  controls?: Control[];
  /** While a colleague is asked first: what this employee's phone does beside the held call. */
  consultation?: ConsultationState | null;
  /** Of the conversation, the oldest first. */
  handovers?: Handover[];
  data?: CallData;
  /** What this employee typed about the conversation so far. */
  note?: DraftNote | null;
}

export type Control = Schemas['Control'];
export type ServiceRequest = Schemas['ServiceRequest'];
/** CSTA services that the screen asks for. */
export type ServiceName = ServiceRequest['service'];
/** Why a service cannot be asked for now. */
export type Hindrance = NonNullable<Control['hindrance']>;
/** What became of what was asked, if it was not done. */
export type Failure = NonNullable<ServiceRequest['reason']>;
export type ConsultationState = Schemas['ConsultationView'];
export type Handover = Schemas['Handover'];
export type HandoverPlaces = Schemas['HandoverPlaces'];
export type CallData = Schemas['CallData'];
export type DraftNote = Schemas['NoteDraft'];
export type Asked = Pick<Schemas['AskService'], 'service'> & Partial<Omit<Schemas['AskService'], 'service'>>;

export type HandoverTarget =
  { employee_id: string } | { device: string } | { queue: string } | { number: string };

/** Whom a number would reach, from which phone; asked before it is dialled. */
export type DialPreview = Schemas['DialPreview'];

export type Presence = Schemas['Presence'];
export type PresenceTold = Schemas['PresenceTold'];
/** Who waits is null for whoever may not know it. */
export type QueueState = Schemas['QueueState'];

export type Match = Schemas['Match'];
export type Opening = Schemas['Opening'];
export type Preferences = Schemas['Preferences'];
export type OwnPreferences = Schemas['OwnPreferences'];
export type MissedCaller = Schemas['MissedCaller'];

export type ServerFrame =
  | {
      type: 'snapshot';
      epoch: string;
      seq: number;
      now: string;
      me: Me;
      pops: Pop[];
      calls: CallRecord[];
      missed: MissedCaller[];
      preferences: Preferences;
      devices: Device[];
      links: Link[];
      /** What this employee asked for and is not settled. */
      services?: ServiceRequest[];
      /** One's own that fell due. */
      reminders?: DueReminder[];
      presence?: Presence[];
      queues?: QueueState[];
    }
  | { type: 'resumed'; epoch: string; seq: number }
  | { type: 'pop'; seq: number; pop: Pop }
  | { type: 'pop_removed'; seq: number; pop_id: string }
  | { type: 'call'; seq: number; call: CallRecord }
  | { type: 'call_removed'; seq: number; call_id: string }
  | { type: 'missed'; seq: number; missed: MissedCaller }
  | { type: 'preferences'; seq: number; preferences: Preferences }
  | { type: 'devices'; seq: number; devices: Device[] }
  | { type: 'link'; seq: number; link: Link }
  | { type: 'link_removed'; seq: number; pbx: string }
  | { type: 'service'; seq: number; request: ServiceRequest }
  | { type: 'handover'; seq: number; handover: Handover }
  | { type: 'reminder'; seq: number; reminder: DueReminder }
  | { type: 'presence'; seq: number; items: Presence[] }
  | { type: 'queues'; seq: number; items: QueueState[] }
  | { type: 'pong' };

export type ClientFrame =
  | { type: 'shown'; pop_id: string; revision: number; painted_at: string }
  | { type: 'hide'; pop_id: string }
  | { type: 'ping' };

/** Why the server closed the live channel; other codes are the network's. */
export const CLOSE = { NOT_SIGNED_IN: 4401, TOO_SLOW: 4408, TOO_MANY: 4429 } as const;

export type NumberingPlan = Schemas['PlanInput'];
export type NumberRule = Schemas['RuleInput'];
// Closed lists: docs/explanation/numbers.md.
export type NumberKind =
  'public' | 'internal' | 'emergency' | 'short' | 'service_code' | 'withheld' | 'no_number';
export type NumberStep = Omit<Schemas['StepTaken'], 'name'> & {
  name:
    | 'cleaned'
    | 'too_long'
    | 'incoming_rule'
    | 'international_prefix'
    | 'national_prefix'
    | 'with_country'
    | 'national'
    | 'area_code'
    | 'without_plus'
    | 'impossible'
    | 'written'
    | 'outgoing_rule'
    | 'outside_line';
};
export type NumberTried = Omit<Schemas['Tried'], 'read' | 'dial'> & {
  read: NumberStep[];
  dial: NumberStep[];
};

export type CardChange = Omit<Schemas['Change'], 'kind'> & {
  kind: 'created' | 'changed' | 'deleted' | 'restored' | 'merged' | 'merged_into' | 'parted';
};
export type CardFieldKind = 'text' | 'number' | 'date' | 'choice' | 'yes_no' | 'url';
export type CardField = Omit<Schemas['CardField'], 'kind'> & { kind: CardFieldKind };
export type CardFile = Schemas['Attachment'];
export type Doubles = Schemas['Doubles'];
export type Reminder = Schemas['Reminder'];
export type DueReminder = Schemas['DueReminder'];
