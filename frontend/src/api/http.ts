/** One way to ask the server: JSON (or a piece of a file), the CSRF token echoed, refusals as `Refused` with the stable `error_id`. */
import type { ErrorId, Problem } from './types';

const BASE = '/api/v1';

/** The server said no, or could not be reached (`error_id` is then `unreachable`). */
export class Refused extends Error {
  readonly problem: Problem;
  readonly retryAfterS: number | null;

  constructor(problem: Problem, retryAfterS: number | null = null) {
    super(problem.detail ?? problem.title ?? problem.error_id);
    this.name = 'Refused';
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }

  get errorId(): ErrorId {
    return this.problem.error_id;
  }
}

let fallbackToken: string | null = null;

/** For browsers that keep the cookie from scripts: `Me` carries the same token. */
export function rememberToken(token: string): void {
  fallbackToken = token;
}

export function csrfToken(cookies: string): string | null {
  for (const pair of cookies.split(';')) {
    const [name = '', ...rest] = pair.trim().split('=');
    if (name.toLowerCase().includes('csrf')) return decodeURIComponent(rest.join('='));
  }
  return null;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as Partial<Problem>;
    return { ...body, status: response.status, error_id: body.error_id ?? 'unexpected' };
  } catch {
    // A proxy in between answered with a page of its own.
    return { status: response.status, error_id: response.status >= 500 ? 'unreachable' : 'unexpected' };
  }
}

export async function ask<Answer>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  more: Record<string, string> = {},
): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json', ...more };
  const raw = body instanceof Blob;
  if (body !== undefined) headers['Content-Type'] = raw ? 'application/octet-stream' : 'application/json';
  if (method !== 'GET') {
    const token = csrfToken(document.cookie) ?? fallbackToken;
    if (token) headers['X-CSRF-Token'] = token;
  }
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(signal ? { signal } : {}),
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
  } catch {
    throw new Refused({ status: 0, error_id: 'unreachable' });
  }
  if (!response.ok) {
    const retry = Number(response.headers.get('Retry-After'));
    throw new Refused(await problemOf(response), Number.isFinite(retry) && retry > 0 ? retry : null);
  }
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

export function query(parameters: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return text ? `?${text}` : '';
}
