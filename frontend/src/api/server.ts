/** The server's resources as functions; see docs/reference/live-channel.md. */
import { ask, query } from './http';
import type {
  CallRecord,
  Contact,
  ContactDraft,
  Device,
  Dialled,
  Employee,
  FirstAdministrator,
  Me,
  MissedCaller,
  Note,
  NumberTried,
  NumberingPlan,
  OwnPreferences,
  Page,
  Preferences,
  PbxAccount,
  PbxConnection,
  PbxExamination,
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
  makeCall: (whom: Dialled, device?: string) =>
    ask<{ call_id: string }>('POST', '/calls', device ? { ...whom, device } : whom),

  chooseContact: (callId: string, contactId: string | null) =>
    ask<undefined>('POST', `/calls/${at(callId)}/contact`, { contact_id: contactId }),

  missed: () => ask<{ items: MissedCaller[] }>('GET', '/missed'),
  missedDone: (missedId: string) => ask<MissedCaller>('POST', `/missed/${at(missedId)}/done`, {}),
  missedUndone: (missedId: string) => ask<MissedCaller>('DELETE', `/missed/${at(missedId)}/done`),
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
