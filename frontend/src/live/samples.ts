/** Small, whole values for tests: each test says only what matters to it. */
import type { CallRecord, Contact, Device, Me, MissedCaller, Party, Pop, Preferences } from '../api/types';

const NOBODY: Party = { number: null, presented: null, device: null, name: null };

export const USUAL: Preferences = {
  pop_when: 'on_ring',
  ring_sound: false,
  auto_answer: false,
  notify: false,
  missed_mail: false,
  mail_address: null,
};

export function aMissed(over: Partial<MissedCaller> = {}): MissedCaller {
  return {
    missed_id: 'm1',
    number: '+74959195557',
    presented: '+74959195557',
    name: null,
    contact: null,
    times: 1,
    first_at: '2026-11-20T09:00:00.000Z',
    last_at: '2026-11-20T09:00:00.000Z',
    call_id: 'c1',
    queue: null,
    devices: ['101'],
    employees: {},
    assignee: null,
    handled: null,
    ...over,
  };
}

export function aMe(over: Partial<Me> = {}): Me {
  return {
    employee_id: 'e1',
    login: 'employee',
    name: 'Olga Smirnova',
    role: 'employee',
    role_name: 'Employee',
    permissions: ['calls.read', 'calls.make', 'contacts.read', 'contacts.write', 'people.read'],
    numbers_masked: false,
    devices: ['101'],
    assigned: ['101'],
    teams: [],
    leads: [],
    language: null,
    csrf_token: 't',
    ...over,
  };
}

export function aPop(over: Partial<Pop> = {}): Pop {
  return {
    pop_id: 'p1',
    call_id: 'c1',
    conversation_id: 'c1',
    device: '101',
    state: 'ringing',
    revision: 1,
    direction: 'inbound',
    caller: { ...NOBODY, number: '+74959195557', presented: '84959195557' },
    called: { ...NOBODY, number: '+74951234567', presented: '4951234567' },
    queue: null,
    started_at: '2026-11-20T09:00:00.000Z',
    ringing_at: '2026-11-20T09:00:01.000Z',
    answered_at: null,
    ended_at: null,
    transferred_by: null,
    answered_by: null,
    mark: 'unknown',
    number_place: null,
    contact: null,
    time_zone: null,
    matches: [],
    choice: 'none',
    colleague: null,
    last_calls: [],
    sources: [],
    openings: [],
    ...over,
  };
}

export function aContact(over: Partial<Contact> = {}): Contact {
  return {
    contact_id: 'k1',
    version: 1,
    kind: 'person',
    name: 'Anna Petrova',
    organisation: 'Romashka',
    organisation_id: null,
    position: null,
    phones: [{ number: '+74959195557', presented: '+74959195557', label: null }],
    emails: [],
    addresses: [],
    manager: null,
    deputies: [],
    segment: null,
    tags: [],
    vip: false,
    city: null,
    comment: null,
    custom: {},
    orders: [],
    notes: [],
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    ...over,
  };
}

export function aCall(over: Partial<CallRecord> = {}): CallRecord {
  return {
    call_id: 'c1',
    conversation_id: 'c1',
    direction: 'inbound',
    pbx_ids: [],
    gaps: [],
    caller: { ...NOBODY, number: '+74959195557' },
    called: { ...NOBODY, number: '+74951234567' },
    queue: null,
    started_at: '2026-11-20T09:00:00.000Z',
    answered_at: null,
    ended_at: null,
    disposition: null,
    ended_by: null,
    devices: [],
    holds: [],
    transfers: [],
    consultations: [],
    conference: false,
    recordings: [],
    talk_s: 0,
    hold_s: 0,
    ring_s: 0,
    wait_s: 0,
    complete: true,
    anomalies: [],
    contact: null,
    source: 'live',
    employees: {},
    ...over,
  };
}

export function aDevice(over: Partial<Device> = {}): Device {
  return {
    device: '101',
    pbx: 'office',
    state: 'idle',
    since: '2026-11-20T08:00:00.000Z',
    source: 'PJSIP/101',
    employee: null,
    forwarded_to: null,
    ...over,
  };
}
