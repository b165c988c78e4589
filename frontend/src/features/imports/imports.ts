/** Imports as the server has them, and sending a file in pieces. */
import { ask, query } from '../../api/http';
import type { Language } from '../../api/types';
import type { components } from '../../client/schema';
import type { Step } from './course';

type Schemas = components['schemas'];

export type Import = Schemas['Import'];
export type ImportState = Import['state'];
export type ImportLayout = Schemas['ImportLayout'];
export type ImportChoices = Schemas['ImportChoices'];
export type ImportPreview = Schemas['ImportPreview'];
export type PreviewRow = Schemas['PreviewRow'];
export type BadRow = Schemas['BadRow'];
type ImportList = Schemas['ImportList'];

/** Small enough for a slow line: the server waits 20 seconds for a request. */
const PIECE = 512 * 1024;
const TRIES = 4;

export const UNDER_WAY: readonly ImportState[] = ['trying', 'running', 'undoing'];

const path = (id: number) => `/imports/${id}`;

export const importsServer = {
  list: (before?: number | null) => ask<ImportList>('GET', `/imports${query({ before, limit: 20 })}`),
  get: (id: number) => ask<Import>('GET', path(id)),
  preview: (id: number, language: Language) =>
    ask<ImportPreview>('GET', `${path(id)}/preview${query({ language })}`),
  errors: (id: number, language: Language) =>
    ask<{ items: BadRow[] }>('GET', `${path(id)}/errors${query({ language })}`),
  kept: (id: number) => ask<Schemas['KeptContacts']>('GET', `${path(id)}/kept`),
  layout: (id: number, layout: ImportLayout) => ask<Import>('PUT', `${path(id)}/layout`, layout),
  choose: (id: number, choices: ImportChoices) => ask<Import>('PUT', `${path(id)}/choices`, choices),
  begin: (id: number, what: Step) => ask<Import>('POST', `${path(id)}/${what}`),
  forget: (id: number) => ask<undefined>('DELETE', path(id)),
  report: (id: number, what: 'errors' | 'rejected', language: Language) =>
    `/api/v1${path(id)}/${what}.csv${query({ language })}`,
};

/** Send a file; `told` hears how many bytes are there. Refused pieces are refused, lost ones are sent again. */
export async function sendFile(
  file: File,
  language: Language,
  told: (sent: number) => void,
): Promise<Import> {
  const job = await ask<Import>('POST', '/imports', { file_name: file.name, size: file.size, language });
  return await sendPieces<Import>(
    file,
    (offset) => `${path(job.import_id)}/file${query({ offset })}`,
    (sent) => sent.received,
    told,
  );
}

/** Send a file where `to` says for a piece that begins there; `received` reads from the answer how much is there. */
export async function sendPieces<Job>(
  file: File,
  to: (offset: number) => string,
  received: (job: Job) => number,
  told: (sent: number) => void,
): Promise<Job> {
  let offset = 0;
  for (;;) {
    const job = await sendPiece<Job>(to(offset), file.slice(offset, offset + PIECE));
    offset = received(job);
    told(offset);
    if (offset >= file.size) return job;
  }
}

async function sendPiece<Job>(to: string, piece: Blob, tries = TRIES): Promise<Job> {
  try {
    return await ask<Job>('PUT', to, piece);
  } catch (error) {
    const lost = (error as { errorId?: string }).errorId === 'unreachable';
    if (!lost || tries <= 1) throw error;
    await new Promise((done) => setTimeout(done, 1000 * (TRIES + 1 - tries)));
    return sendPiece(to, piece, tries - 1);
  }
}
