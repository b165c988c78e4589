/** The server's resources as functions; see docs/reference/live-channel.md. */
import { ask, query } from './http';
import type {
  CallRecord,
  Contact,
  ContactDraft,
  Device,
  Dialled,
  Employee,
  Me,
  Note,
  NumberTried,
  NumberingPlan,
  Page,
  SettingsSection,
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

  employees: () => ask<{ items: Employee[] }>('GET', '/employees'),
  devices: () => ask<{ items: Device[] }>('GET', '/devices'),
};
