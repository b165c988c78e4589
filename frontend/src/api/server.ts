/** The server's resources as functions; see docs/reference/live-channel.md. */
import { ask, query } from './http';
import type {
  Asked,
  CallRecord,
  CardChange,
  CardField,
  CardFile,
  Contact,
  ContactDraft,
  Device,
  Dialled,
  DialledFrom,
  DialPreview,
  Doubles,
  DraftNote,
  Employee,
  Erased,
  FirstAdministrator,
  Handover,
  HandoverPlaces,
  HandoverTarget,
  Me,
  MissedCaller,
  Note,
  NumberTried,
  NumberingPlan,
  OwnPreferences,
  Page,
  PbxAccount,
  PbxConnection,
  PbxExamination,
  Preferences,
  Presence,
  PresenceTold,
  Reminder,
  ServiceRequest,
  SettingsSection,
  SetupProgress,
  SetupState,
  Why,
} from './types';

const at = encodeURIComponent;

export const server = {
  me: () => ask<Me>('GET', '/session'),
  signIn: (login: string, password: string) => ask<Me>('POST', '/session', { login, password }),
  signOut: () => ask<undefined>('DELETE', '/session'),

  calls: (options: { limit?: number; before?: string | null; device?: string | null }) =>
    ask<Page<CallRecord>>('GET', `/calls${query(options)}`),
  call: (callId: string) => ask<CallRecord>('GET', `/calls/${at(callId)}`),
  why: (callId: string) => ask<Why>('GET', `/calls/${at(callId)}/why`),
  /** `key`: asked again with the same one, it is dialled once (`Idempotency-Key`). */
  makeCall: (whom: Dialled, from: DialledFrom, key: string) =>
    ask<{ call_id: string; request_id?: string }>('POST', '/calls', { ...whom, ...from }, undefined, {
      'Idempotency-Key': key,
    }),
  dialPreview: (q: string, device: string | null, signal?: AbortSignal) =>
    ask<DialPreview>('GET', `/dial${query({ q, device })}`, undefined, signal),
  askService: (callId: string, what: Asked, key: string) =>
    ask<ServiceRequest>('POST', `/calls/${at(callId)}/services`, what, undefined, { 'Idempotency-Key': key }),
  /** Answers on one's own phone what rings at a colleague's. */
  pickUp: (ringing: string, own: string, key: string) =>
    ask<ServiceRequest>('POST', `/devices/${at(ringing)}/pick-up`, { device: own }, undefined, {
      'Idempotency-Key': key,
    }),
  service: (callId: string, requestId: string) =>
    ask<ServiceRequest>('GET', `/calls/${at(callId)}/services/${at(requestId)}`),
  handOver: (
    callId: string,
    what: { to: HandoverTarget; how: 'blind' | 'ask_first'; note: string; reason?: string },
    key: string,
  ) => ask<Handover>('POST', `/calls/${at(callId)}/handover`, what, undefined, { 'Idempotency-Key': key }),
  handoverPlaces: () => ask<HandoverPlaces>('GET', '/handover/places'),
  draftNote: (callId: string) => ask<DraftNote>('GET', `/calls/${at(callId)}/note`),
  keepDraftNote: (callId: string, note: DraftNote) =>
    ask<DraftNote>('PUT', `/calls/${at(callId)}/note`, note),

  outcomes: () => ask<{ items: { outcome: string; label: string }[] }>('GET', '/outcomes'),
  wrapUp: (callId: string, what: { outcome: string | null; note: string; order_number: string | null }) =>
    ask<undefined>('PUT', `/calls/${at(callId)}/wrap-up`, what),
  setPresence: (what: { state: 'ready' | 'not_ready'; reason?: string }) =>
    ask<PresenceTold>('PUT', '/presence', what),
  extendAfterCall: (seconds: number) => ask<Presence>('POST', '/presence/extend', { seconds }),
  pauseReasons: () => ask<{ items: string[] }>('GET', '/presence/reasons'),

  chooseContact: (callId: string, contactId: string | null) =>
    ask<undefined>('POST', `/calls/${at(callId)}/contact`, { contact_id: contactId }),

  missed: () => ask<{ items: MissedCaller[] }>('GET', '/missed'),
  missedDone: (missedId: string) => ask<MissedCaller>('POST', `/missed/${at(missedId)}/done`, {}),
  missedUndone: (missedId: string) => ask<MissedCaller>('DELETE', `/missed/${at(missedId)}/done`),
  assignMissed: (missedId: string, employeeId: string | null) =>
    ask<MissedCaller>('PUT', `/missed/${at(missedId)}/assignee`, { employee_id: employeeId }),
  preferences: () => ask<OwnPreferences>('GET', '/preferences'),
  setPreferences: (preferences: Preferences) => ask<OwnPreferences>('PUT', '/preferences', preferences),

  contacts: (
    options: { q?: string; number?: string; limit?: number; before?: string | null },
    signal?: AbortSignal,
  ) => ask<Page<Contact>>('GET', `/contacts${query(options)}`, undefined, signal),
  contact: (contactId: string) => ask<Contact>('GET', `/contacts/${at(contactId)}`),
  createContact: (draft: ContactDraft, callId?: string) =>
    ask<Contact>('POST', '/contacts', callId ? { ...draft, call_id: callId } : draft),
  changeContact: (contactId: string, version: number, draft: ContactDraft) =>
    ask<Contact>('PUT', `/contacts/${at(contactId)}`, { ...draft, version }),
  addNote: (contactId: string, text: string, callId?: string) =>
    ask<Note>('POST', `/contacts/${at(contactId)}/notes`, callId ? { text, call_id: callId } : { text }),
  removeNote: (contactId: string, noteId: string) =>
    ask<undefined>('DELETE', `/contacts/${at(contactId)}/notes/${at(noteId)}`),
  deleteContact: (contactId: string, version: number) =>
    ask<undefined>('DELETE', `/contacts/${at(contactId)}${query({ version })}`),
  eraseContact: (contactId: string, version: number, name: string) =>
    ask<Erased>('POST', `/contacts/${at(contactId)}/erase`, { version, name }),
  restoreContact: (contactId: string) => ask<Contact>('POST', `/contacts/${at(contactId)}/restore`),
  changesOf: (contactId: string) => ask<{ items: CardChange[] }>('GET', `/contacts/${at(contactId)}/changes`),
  undoChange: (contactId: string, changeId: string) =>
    ask<Contact>('POST', `/contacts/${at(contactId)}/changes/${at(changeId)}/undo`),
  peopleOf: (contactId: string) => ask<{ items: Contact[] }>('GET', `/contacts/${at(contactId)}/people`),
  cardFields: () => ask<{ items: CardField[] }>('GET', '/card-fields'),
  doubles: (by: 'number' | 'email', after: string | null) =>
    ask<Page<Doubles>>('GET', `/duplicates${query({ by, after })}`),
  mergeContacts: (kept: Contact, other: Contact) =>
    ask<{ contact: Contact; change_id: string }>('POST', `/contacts/${at(kept.contact_id)}/merge`, {
      version: kept.version,
      other_id: other.contact_id,
      other_version: other.version,
    }),
  filesOf: (contactId: string) => ask<{ items: CardFile[] }>('GET', `/contacts/${at(contactId)}/attachments`),
  addFile: (contactId: string, name: string, content: Blob, mediaType = content.type) =>
    ask<CardFile>(
      'POST',
      `/contacts/${at(contactId)}/attachments${query({ name, media_type: mediaType || null })}`,
      content,
    ),
  fileAddress: (contactId: string, fileId: string) =>
    `/api/v1/contacts/${at(contactId)}/attachments/${at(fileId)}`,
  fileContent: async (contactId: string, fileId: string) =>
    (await fetch(server.fileAddress(contactId, fileId), { credentials: 'same-origin' })).blob(),
  removeFile: (contactId: string, fileId: string) =>
    ask<undefined>('DELETE', `/contacts/${at(contactId)}/attachments/${at(fileId)}`),
  remindersOf: (contactId: string) =>
    ask<{ items: Reminder[] }>('GET', `/contacts/${at(contactId)}/reminders`),
  addReminder: (contactId: string, dueAt: string, text: string, callId?: string) =>
    ask<Reminder>('POST', `/contacts/${at(contactId)}/reminders`, {
      due_at: dueAt,
      text,
      ...(callId ? { call_id: callId } : {}),
    }),
  finishReminder: (contactId: string, reminderId: string, done: boolean) =>
    ask<Reminder>('PUT', `/contacts/${at(contactId)}/reminders/${at(reminderId)}`, { done }),
  contactCalls: (contactId: string, before?: string | null) =>
    ask<Page<CallRecord>>('GET', `/contacts/${at(contactId)}/calls${query({ before, limit: 20 })}`),

  settings: (section: string) => ask<SettingsSection>('GET', `/settings/${at(section)}`),
  changeSettings: (section: string, version: number, values: Record<string, unknown>) =>
    ask<SettingsSection>('PUT', `/settings/${at(section)}`, { version, values }),
  tryNumber: (text: string, plan: NumberingPlan | null) =>
    ask<NumberTried>('POST', '/numbers/try', plan ? { text, plan } : { text }),
  setup: () => ask<SetupState>('GET', '/setup'),
  rememberSetup: (progress: SetupProgress) => ask<SetupState>('PUT', '/setup', progress),
  createAdministrator: (administrator: FirstAdministrator) =>
    ask<Me>('POST', '/setup/administrator', administrator),
  proposeAccount: (host: string) => ask<PbxAccount>('GET', `/setup/account${query({ host })}`),
  examinePbx: (pbx: { name?: string; type: string; settings: Record<string, unknown> }) =>
    ask<PbxExamination>('POST', '/setup/examination', pbx),
  seatPeople: (people: { mine: string | null; others: Record<string, string> }) =>
    ask<{ added: number }>('POST', '/setup/people', people),
  rehearseCall: () => ask<{ call_id: string }>('POST', '/setup/rehearsal', {}),

  pbxSettings: () => ask<{ items: PbxConnection[] }>('GET', '/settings/pbxs'),
  addPbx: (pbx: { name: string; settings: Record<string, unknown> }) =>
    ask<PbxConnection>('POST', '/settings/pbxs', pbx),
  changePbx: (name: string, version: number, settings: Record<string, unknown>) =>
    ask<PbxConnection>('PUT', `/settings/pbxs/${at(name)}`, { version, settings }),
  removePbx: (name: string, version: number) =>
    ask<undefined>('DELETE', `/settings/pbxs/${at(name)}${query({ version })}`),

  employees: () => ask<{ items: Employee[] }>('GET', '/employees'),
  devices: () => ask<{ items: Device[] }>('GET', '/devices'),
};
