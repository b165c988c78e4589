/** Requests with a token. Every refusal is a `RingcardError` with the server's stable `error_id`. */

/**
 * What went wrong. `id` is one of docs/reference/errors.md, or `unreachable` (nobody answered, or this page's origin may
 * not use the API: a browser does not tell these apart), `unexpected` (the answer was not ringcard's), `no_contact`
 * (`saveLog` without a card to write to).
 */
export class RingcardError extends Error {
  constructor(
    readonly id: string,
    detail: string,
    readonly status = 0,
  ) {
    super(detail);
    this.name = 'RingcardError';
  }
}

const PLACE = /^https?:\/\/[^/?#\s]+$/;

/** The server's address without anything behind it. Throws `RingcardError`. */
export function addressOf(server: string): string {
  const address = server.trim().replace(/\/+$/, '');
  if (!PLACE.test(address) || address.includes('@'))
    throw new RingcardError('invalid_request', `“${server}” is no address such as https://cti.example.com`);
  return address;
}

export class Rest {
  readonly address: string;

  constructor(
    server: string,
    private readonly token: string,
  ) {
    this.address = addressOf(server);
    if (!/^rc_[\w-]{10,200}$/.test(token))
      throw new RingcardError(
        'token_refused',
        'A token begins with rc_ and has no spaces: copy the whole of it.',
      );
  }

  async ask<Answer>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    let response: Response;
    try {
      response = await fetch(`${this.address}/api/v1${path}`, {
        method,
        // Cookies of somebody who is signed in here must not speak for the token.
        credentials: 'omit',
        redirect: 'error',
        cache: 'no-store',
        headers: {
          Accept: 'application/json',
          Authorization: `Bearer ${this.token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new RingcardError(
        'unreachable',
        `${this.address} does not answer, or does not let this page in: see server.allowed_origins.`,
      );
    }
    if (!response.ok) throw await refusalOf(response);
    return response.status === 204 ? (undefined as Answer) : ((await response.json()) as Answer);
  }
}

async function refusalOf(response: Response): Promise<RingcardError> {
  try {
    const problem = (await response.json()) as { error_id?: unknown; detail?: unknown };
    if (typeof problem.error_id === 'string')
      return new RingcardError(
        problem.error_id,
        typeof problem.detail === 'string' ? problem.detail : '',
        response.status,
      );
  } catch {
    // A proxy in between answered with a page of its own.
  }
  return new RingcardError(
    'unexpected',
    `The answer (${response.status}) is not ringcard's.`,
    response.status,
  );
}
