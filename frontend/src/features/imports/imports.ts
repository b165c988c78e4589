/** Imports as the server has them, and sending a file in pieces. */
import { ask, query } from '../../api/http';
import type { Language } from '../../api/types';
import type { components } from '../../client/schema';

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
  begin: (id: number, what: 'try' | 'start' | 'stop' | 'undo') => ask<Import>('POST', `${path(id)}/${what}`),
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
  let job = await ask<Import>('POST', '/imports', { file_name: file.name, size: file.size, language });
  const pieces = `${path(job.import_id)}/file`;
  let offset = 0;
  while (offset < file.size) {
    job = await sendPiece(`${pieces}${query({ offset })}`, file.slice(offset, offset + PIECE));
    offset = job.received;
    told(offset);
  }
  return job;
}

async function sendPiece(to: string, piece: Blob, tries = TRIES): Promise<Import> {
  try {
    return await ask<Import>('PUT', to, piece);
  } catch (error) {
    const lost = (error as { errorId?: string }).errorId === 'unreachable';
    if (!lost || tries <= 1) throw error;
    await new Promise((done) => setTimeout(done, 1000 * (TRIES + 1 - tries)));
    return sendPiece(to, piece, tries - 1);
  }
}
