/** What the test's browser lacks (`document.fonts`), and a server to talk to: `FakeServer` answers fetch and the live channel. */
import { USUAL } from '../live/samples';
import { vi } from 'vitest';

import type { Me, ServerFrame } from '../api/types';

if (typeof window !== 'undefined') {
  if (!('fonts' in document)) Object.defineProperty(document, 'fonts', { value: new EventTarget() });
}

export interface Asked {
  method: string;
  path: string;
  body: unknown;
  csrf: string | null;
}

type Answer = { status: number; body?: unknown };

type Pops = Extract<ServerFrame, { type: 'pop' }> | Extract<ServerFrame, { type: 'pop_removed' }>;
type Unnumbered = Pops extends infer Frame ? (Frame extends Pops ? Omit<Frame, 'seq'> : never) : never;

/** Stands in for the server at the edge of the browser; everything inside is the real thing. */
export class FakeServer {
  readonly asked: Asked[] = [];
  readonly said: unknown[] = [];
  private socket: { onmessage: ((event: { data: string }) => void) | null } | null = null;
  private seq = 1;

  constructor(
    readonly me: Me,
    private readonly answers: (asked: Asked) => Answer | undefined = () => undefined,
  ) {
    vi.stubGlobal('fetch', (url: string, options: RequestInit = {}) =>
      Promise.resolve(this.answer(url, options)),
    );
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has a `this` of its own
    const server = this;
    vi.stubGlobal(
      'WebSocket',
      class {
        onmessage: ((event: { data: string }) => void) | null = null;
        onclose = null;
        constructor() {
          server.socket = this;
        }
        send(text: string): void {
          server.said.push(JSON.parse(text));
        }
        close(): void {}
      },
    );
  }

  get connected(): boolean {
    return this.socket !== null;
  }

  snapshot(over: Partial<Extract<ServerFrame, { type: 'snapshot' }>> = {}): void {
    this.frame({
      type: 'snapshot',
      epoch: 'e',
      seq: this.seq,
      now: new Date().toISOString(),
      me: this.me,
      pops: [],
      calls: [],
      missed: [],
      preferences: USUAL,
      devices: [],
      links: [],
      ...over,
    });
  }

  next(frame: Unnumbered): void {
    this.seq += 1;
    this.frame({ ...frame, seq: this.seq });
  }

  private frame(frame: ServerFrame): void {
    if (!this.socket) throw new Error('nobody has opened the live channel');
    this.socket.onmessage?.({ data: JSON.stringify(frame) });
  }

  private answer(url: string, options: RequestInit): Response {
    const headers = new Headers(options.headers);
    const asked: Asked = {
      method: options.method ?? 'GET',
      path: url.replace('/api/v1', ''),
      body: typeof options.body === 'string' ? (JSON.parse(options.body) as unknown) : undefined,
      csrf: headers.get('X-CSRF-Token'),
    };
    this.asked.push(asked);
    const { status, body } = this.answers(asked) ?? this.usual(asked);
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  }

  private usual(asked: Asked): Answer {
    if (asked.path === '/session') return { status: 200, body: this.me };
    // As of a server that cannot look at numbers: they are dialled all the same.
    if (asked.path.startsWith('/dial')) return { status: 404, body: { status: 404, error_id: 'not_found' } };
    return { status: 200, body: { items: [], next: null } };
  }
}
