import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { aContact, aMe, aPop, USUAL } from '../../src/live/samples';
import { connect, numberOfLink, type Ringcard } from './index';

/** A server that answers what it was told to, and the sockets that were opened. */
class Server {
  asked: { method: string; path: string; headers: Record<string, string>; body: unknown }[] = [];
  sockets: FakeWebSocket[] = [];
  answers: Record<string, { status: number; body: unknown }> = {
    'GET /session': { status: 200, body: aMe({ login: 'anna' }) },
    'POST /calls': { status: 202, body: { call_id: 'c7', request_id: 'r7' } },
  };

  fetch = (url: string, init: RequestInit): Promise<Response> => {
    const path = url.replace('https://cti.example/api/v1', '');
    const method = init.method ?? 'GET';
    expect(init.credentials).toBe('omit');
    this.asked.push({
      method,
      path,
      headers: init.headers as Record<string, string>,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    });
    const answer = this.answers[`${method} ${path.split('?')[0] ?? ''}`];
    if (!answer) return Promise.reject(new TypeError('Failed to fetch'));
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  };
}

class FakeWebSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: unknown[] = [];
  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    server.sockets.push(this);
    queueMicrotask(() => {
      this.onopen?.();
      if (welcome) this.says(SNAPSHOT);
      else this.onclose?.({ code: 4401 });
    });
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.onmessage = null;
  }
  says(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const SNAPSHOT = {
  type: 'snapshot',
  epoch: 'e',
  seq: 1,
  now: '2026-11-20T09:00:00.000Z',
  me: aMe(),
  pops: [],
  calls: [],
  missed: [],
  preferences: USUAL,
  devices: [],
  links: [],
};
const TOKEN = 'rc_abcdefghijklmnop';

let server: Server;
let welcome: boolean;
let shown: string[];
let ringcard: Ringcard | undefined;

beforeEach(() => {
  server = new Server();
  welcome = true;
  shown = [];
  vi.stubGlobal('fetch', server.fetch);
  vi.stubGlobal('WebSocket', FakeWebSocket);
});

afterEach(() => {
  ringcard?.close();
  vi.unstubAllGlobals();
});

async function connected(): Promise<Ringcard> {
  ringcard = await connect({ server: 'https://cti.example/', token: TOKEN, show: (url) => shown.push(url) });
  return ringcard;
}

describe('connecting', () => {
  it('says the token in a header and as the first word, and nowhere in an address', async () => {
    const { me, state } = await connected();
    expect([me.login, state]).toEqual(['anna', 'up']);
    expect(server.asked[0]?.headers.Authorization).toBe(`Bearer ${TOKEN}`);
    const [socket] = server.sockets;
    expect([socket?.url, socket?.protocol]).toEqual(['wss://cti.example/api/v1/live', 'ringcard.sign-in']);
    expect(socket?.sent[0]).toEqual({ type: 'sign_in', token: TOKEN });
  });

  it('says by an id what is wrong', async () => {
    server.answers['GET /session'] = {
      status: 401,
      body: { error_id: 'token_refused', detail: 'This token opens nothing.' },
    };
    await expect(connected()).rejects.toMatchObject({ id: 'token_refused', status: 401 });
    server.answers['GET /session'] = { status: 502, body: 'a proxy' };
    await expect(connected()).rejects.toMatchObject({ id: 'unexpected' });
    server.answers = {};
    await expect(connected()).rejects.toMatchObject({ id: 'unreachable' });
  });

  it('refuses a channel that closes on the token', async () => {
    welcome = false;
    await expect(connected()).rejects.toMatchObject({ id: 'token_refused' });
  });

  it('sends no token to what is no address, and none that is no token', async () => {
    for (const address of [
      'cti.example',
      'https://user@cti.example',
      'javascript:alert(1)',
      'https://cti.example/x',
    ])
      await expect(connect({ server: address, token: TOKEN })).rejects.toMatchObject({
        id: 'invalid_request',
      });
    for (const token of ['', 'secret', 'rc_ab cd efghijkl', 'rc_abcdefghijkl\nX: y'])
      await expect(connect({ server: 'https://cti.example', token })).rejects.toMatchObject({
        id: 'token_refused',
      });
    expect(server.asked).toEqual([]);
  });
});

describe('what one does with it', () => {
  it('tells what happens from then on, and stops when asked', async () => {
    const sdk = await connected();
    const told: string[] = [];
    const stop = sdk.on('ring', (call) => told.push(call.popId));
    sdk.on('ring', () => {
      throw new Error('another listener');
    });
    const complained = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    server.sockets[0]?.says({ type: 'pop', seq: 2, pop: aPop({ pop_id: 'p1', state: 'ringing' }) });
    expect(complained).toHaveBeenCalledOnce();
    stop();
    server.sockets[0]?.says({ type: 'pop', seq: 3, pop: aPop({ pop_id: 'p2', state: 'ringing' }) });
    expect(told).toEqual(['p1']);
    expect(sdk.calls().map((call) => call.popId)).toEqual(['p1', 'p2']);
  });

  it('dials once however often it is clicked in a moment, and each time anew after that', async () => {
    vi.useFakeTimers();
    try {
      const sdk = await connected();
      const [first, second] = await Promise.all([sdk.dial('8 495 765-43-21'), sdk.dial('8 495 765-43-21')]);
      expect([first, second]).toEqual([
        { callId: 'c7', requestId: 'r7' },
        { callId: 'c7', requestId: 'r7' },
      ]);
      await sdk.dial('8 495 765-43-21', { device: '102' });
      vi.advanceTimersByTime(2_000);
      await sdk.dial('8 495 765-43-21');
      const calls = server.asked.filter(({ method }) => method === 'POST');
      expect(calls.map(({ body }) => body)).toEqual([
        { number: '8 495 765-43-21' },
        { number: '8 495 765-43-21', device: '102' },
        { number: '8 495 765-43-21' },
      ]);
      const keys = calls.map(({ headers }) => headers['Idempotency-Key']);
      expect(new Set(keys).size).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells what became of a call that could not be made, once', async () => {
    const sdk = await connected();
    const told: unknown[] = [];
    sdk.on('request', (request) => told.push(request));
    const request = {
      request_id: 'r7',
      call_id: 'c7',
      service: 'MakeCall',
      device: '101',
      to: '102',
      state: 'failed',
      reason: 'phone_no_answer',
      detail: null,
      at: '2026-11-20T09:00:00.000Z',
      settled_at: null,
    };
    server.sockets[0]?.says({ type: 'service', seq: 2, request });
    server.sockets[0]?.says({ type: 'service', seq: 2, request });
    expect(told).toEqual([
      {
        requestId: 'r7',
        callId: 'c7',
        service: 'MakeCall',
        state: 'failed',
        reason: 'phone_no_answer',
        detail: null,
      },
    ]);
  });

  it('says beforehand whom a text would call', async () => {
    const sdk = await connected();
    server.answers['GET /dial'] = {
      status: 200,
      body: {
        query: 'olga',
        number: '+74959195557',
        dialled: '84959195557',
        kind: 'outside',
        place: 'Moscow',
        contact: { contact_id: 'k1', name: 'Olga', organisation: null },
        colleague: null,
        device: '101',
        devices: [],
        caller_ids: ['+74951110000'],
        candidates: [],
        warnings: [{ code: 'night', local_time: '2026-11-20T23:30:00+03:00' }],
        allowed: true,
        problem: null,
      },
    };
    expect(await sdk.preview('olga & co')).toEqual({
      number: '+74959195557',
      kind: 'outside',
      who: 'Olga',
      place: 'Moscow',
      device: '101',
      callerIds: ['+74951110000'],
      warnings: [{ code: 'night', localTime: '2026-11-20T23:30:00+03:00' }],
      allowed: true,
    });
    expect(server.asked.at(-1)?.path).toBe(`/dial?q=${encodeURIComponent('olga & co')}`);
  });

  it('may dial again at once what was refused', async () => {
    const sdk = await connected();
    server.answers['POST /calls'] = {
      status: 409,
      body: { error_id: 'no_device', detail: 'You have no device' },
    };
    await expect(sdk.dial({ contactId: 'k1' })).rejects.toMatchObject({ id: 'no_device' });
    server.answers['POST /calls'] = { status: 202, body: { call_id: 'c8', request_id: 'r8' } };
    expect(await sdk.dial({ contactId: 'k1' })).toEqual({ callId: 'c8', requestId: 'r8' });
    expect(server.asked.at(-1)?.body).toEqual({ contact_id: 'k1', phone: 0 });
  });

  it('shows the one card that is found, and of several none', async () => {
    const sdk = await connected();
    server.answers['GET /contacts'] = { status: 200, body: { items: [aContact({ contact_id: 'k/1' })] } };
    expect(await sdk.searchAndScreenPop('оля & co')).toHaveLength(1);
    expect(server.asked.at(-1)?.path).toBe(`/contacts?limit=10&q=${encodeURIComponent('оля & co')}`);
    expect(shown).toEqual(['https://cti.example/contacts/k%2F1']);
    server.answers['GET /contacts'] = { status: 200, body: { items: [aContact(), aContact()] } };
    expect(await sdk.searchAndScreenPop('o')).toHaveLength(2);
    expect(shown).toHaveLength(1);
  });

  it('writes to the card of the call, or says that there is none', async () => {
    const sdk = await connected();
    const pop = aPop({ call_id: 'c1', contact: aContact({ contact_id: 'k1' }) });
    server.sockets[0]?.says({ type: 'pop', seq: 2, pop });
    server.answers['POST /contacts/k1/notes'] = { status: 201, body: { note_id: 'n1' } };
    expect(await sdk.saveLog({ callId: 'c1', text: 'Rang.' })).toEqual({ noteId: 'n1' });
    expect(server.asked.at(-1)?.body).toEqual({ text: 'Rang.', call_id: 'c1' });
    await expect(sdk.saveLog({ callId: 'c2', text: 'Rang.' })).rejects.toMatchObject({ id: 'no_contact' });
  });

  it('knows the number in a link', () => {
    expect(numberOfLink('tel:+7-495-765-43-21;ext=5')).toBe('+7-495-765-43-21');
    expect(numberOfLink('CALLTO://+74957654321')).toBe('+74957654321');
    expect(numberOfLink('tel:%2B7%20495')).toBe('+7 495');
    for (const href of ['tel:', 'tel:%zz', 'https://x/tel:1', 'javascript:1'])
      expect(numberOfLink(href)).toBeNull();
  });

  it('dials on a click of a person, never on one of a script', async () => {
    const sdk = await connected();
    document.body.innerHTML = '<a href="tel:101">x</a>';
    sdk.onClickToDial();
    document.querySelector('a')?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
    document.querySelector('a')?.click();
    expect(server.asked.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});
