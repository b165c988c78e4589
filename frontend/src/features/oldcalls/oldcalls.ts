/** Imports of old calls as the server has them, and sending their files. */
import { ask, query } from '../../api/http';
import type { components } from '../../client/schema';
import type { Step } from '../imports/course';
import { sendPieces } from '../imports/imports';

type Schemas = components['schemas'];

export type CallImport = Schemas['CallImport'];
export type CallImportCounts = Schemas['CallImportCounts'];
export type SkippedRow = Schemas['Skipped'];
export type CallImportChoices = Schemas['CallImportChoices'];

const path = (id: number) => `/call-imports/${id}`;

export const oldCalls = {
  list: () => ask<Schemas['CallImportList']>('GET', '/call-imports?limit=50'),
  get: (id: number) => ask<CallImport>('GET', path(id)),
  preview: (id: number) => ask<Schemas['PreviewedCalls']>('GET', `${path(id)}/preview`),
  choose: (id: number, choices: CallImportChoices) => ask<CallImport>('PUT', `${path(id)}/choices`, choices),
  begin: (id: number, what: Step) => ask<CallImport>('POST', `${path(id)}/${what}`),
  forget: (id: number) => ask<undefined>('DELETE', path(id)),
  skipped: (id: number) => ask<Schemas['SkippedRows']>('GET', `${path(id)}/skipped`),
  skippedFile: (id: number) => `/api/v1${path(id)}/skipped.csv`,
};

export interface Sent {
  name: string;
  done: number;
  size: number;
}

/** Sends the log, then the queues' log if there is one; what comes back was looked at. */
export async function sendLogs(
  file: File,
  queueLog: File | null,
  of: { pbx: string; zone: string },
  told: (sent: Sent) => void,
): Promise<CallImport> {
  const about = (each: File) => ({ name: each.name, size: each.size });
  let job = await ask<CallImport>('POST', '/call-imports', {
    ...of,
    file: about(file),
    ...(queueLog ? { queue_log: about(queueLog) } : {}),
  });
  const id = job.import_id;
  const send = (each: File, part: 'calls' | 'queue_log') =>
    sendPieces<CallImport>(
      each,
      (offset) => `${path(id)}/file${query({ offset, part })}`,
      (sent) => (part === 'calls' ? sent.file : sent.queue_log)?.received ?? each.size,
      (done) => told({ name: each.name, done, size: each.size }),
    );
  try {
    if (queueLog) await send(queueLog, 'queue_log');
    job = await send(file, 'calls');
  } catch (error) {
    // A file that is no log of calls leaves nothing behind.
    await oldCalls.forget(id).catch(() => undefined);
    throw error;
  }
  return job;
}

/** `Europe/Moscow`: where this browser is, which most often is where the PBX is. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export const zones = (): string[] => [...new Set(['UTC', ownZone(), ...Intl.supportedValuesOf('timeZone')])];
