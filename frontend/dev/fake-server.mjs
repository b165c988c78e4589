// A server of invented calls, to look at the screens without Python or a PBX: `npm run dev:fake`, then `npm run dev`,
// or open its own address, where it serves the built front end. `/situation/NAME` chooses one of dev/situations.mjs;
// any login and password will do.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { WebSocketServer } from 'ws';

import { COLLEAGUES, controlsOf, handover, ME, OUTCOMES, preview, SITUATIONS, why } from './situations.mjs';

const built = process.env.BUILT ?? fileURLToPath(new URL('../../src/ringcard/web/static/', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const cookie = (request, name) =>
  new Map((request.headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('='))).get(name);
const situationOf = (request) => {
  const name = cookie(request, 'situation');
  return SITUATIONS[name] ? name : 'idle';
};

function page(items, url, key) {
  const limit = Number(url.searchParams.get('limit') ?? 50);
  const before = url.searchParams.get('before');
  const start = before ? items.findIndex((item) => item[key] === before) + 1 : 0;
  const part = items.slice(start, start + limit);
  return { items: part, next: start + limit < items.length ? part.at(-1)[key] : null };
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

const BESIDE_A_CARD = new Set(['people', 'attachments', 'changes', 'reminders']);

const REFUSED = (status, error_id) => ({
  status,
  problem: { type: 'about:blank', title: error_id, status, error_id },
});

async function answer(request, url) {
  const name = situationOf(request);
  const situation = SITUATIONS[name]();
  const path = url.pathname.replace('/api/v1', '');
  const [, room, id, more] = path.split('/');
  const me = situation.me ?? ME;
  if (room === 'session') {
    if (request.method === 'DELETE') return { status: 204, cookies: ['signed_in=; Max-Age=0; Path=/'] };
    if (request.method === 'POST') {
      const { password } = await body(request);
      if (password === 'wrong') return REFUSED(401, 'sign_in_refused');
      return { status: 200, json: me, cookies: ['signed_in=1; Path=/', 'ringcard_csrf=fake-token; Path=/'] };
    }
    return cookie(request, 'signed_in') ? { status: 200, json: me } : REFUSED(401, 'not_signed_in');
  }
  if (!cookie(request, 'signed_in')) return REFUSED(401, 'not_signed_in');
  if (room === 'calls') {
    if (more === 'services') return { status: 202, json: await ask(request, id) };
    if (more === 'handover') return { status: 202, json: await handOver(request, id) };
    if (more === 'note') {
      const note = request.method === 'PUT' ? await body(request) : { text: '', version: 0 };
      return { status: 200, json: { text: note.text, version: note.version + 1 } };
    }
    if (more === 'wrap-up') return { status: 204 };
    if (request.method === 'POST') return { status: 202, json: await dial(request) };
    if (more === 'why') return { status: 200, json: why(situation.pops) };
    const calls = [...situation.calls, ...situation.history];
    const device = url.searchParams.get('device');
    const found = calls.filter((each) => !device || each.devices.some((stint) => stint.device === device));
    if (!id) return { status: 200, json: page(found, url, 'call_id') };
    const one = calls.find((each) => each.call_id === id);
    return one ? { status: 200, json: one } : REFUSED(404, 'not_found');
  }
  if (room === 'contacts') {
    const one = situation.contacts.find((each) => each.contact_id === id);
    if (more === 'notes') {
      const { text, call_id = null } = await body(request);
      const note = {
        note_id: `n${Date.now()}`,
        text,
        author: ME.name,
        at: new Date().toISOString(),
        call_id,
      };
      return { status: 201, json: note };
    }
    if (more === 'calls') {
      const theirs = situation.history.filter((each) => each.contact?.contact_id === id);
      return { status: 200, json: page(theirs, url, 'call_id') };
    }
    if (BESIDE_A_CARD.has(more)) return { status: 200, json: { items: [] } };
    if (request.method === 'POST') {
      const draft = await body(request);
      const made = { ...SITUATIONS.idle().contacts[0], orders: [], notes: [], manager: null, ...draft };
      return { status: 201, json: { ...made, contact_id: `k${Date.now()}`, version: 1 } };
    }
    if (request.method === 'PUT') {
      const draft = await body(request);
      // A comment that says "conflict" plays the colleague who was faster.
      if (draft.comment?.includes('conflict') && draft.version === one.version)
        return REFUSED(409, 'changed_meanwhile');
      return { status: 200, json: { ...one, ...draft, version: one.version + 1 } };
    }
    if (id) return one ? { status: 200, json: one } : REFUSED(404, 'not_found');
    const text = (url.searchParams.get('q') ?? '').toLowerCase();
    const number = (url.searchParams.get('number') ?? '').replace(/\D/g, '').replace(/^8/, '7');
    const found = situation.contacts.filter(
      (each) =>
        `${each.name} ${each.organisation}`.toLowerCase().includes(text) &&
        each.phones.some((phone) => phone.number.includes(number)),
    );
    return { status: 200, json: page(found, url, 'contact_id') };
  }
  if (room === 'dial')
    return { status: 200, json: preview(url.searchParams.get('q') ?? '', url.searchParams.get('device')) };
  if (room === 'outcomes') return { status: 200, json: { items: OUTCOMES } };
  if (room === 'presence') {
    if (id === 'reasons') return { status: 200, json: { items: ['обед', 'перерыв', 'обучение'] } };
    return { status: 204 };
  }
  if (room === 'card-fields') return { status: 200, json: { items: [] } };
  if (room === 'missed') return { status: 200, json: { items: situation.missed ?? [] } };
  if (room === 'devices') return { status: 200, json: { items: situation.devices } };
  if (room === 'employees')
    return {
      status: 200,
      json: {
        items: COLLEAGUES.filter(([, each]) => each).map(([device, each]) => ({
          employee_id: `e${device}`,
          name: each,
          role: 'employee',
          devices: [device],
        })),
      },
    };
  return REFUSED(404, 'not_found');
}

function file(response, path) {
  const wanted = normalize(join(built, path));
  const found =
    wanted.startsWith(built) && extname(wanted) && existsSync(wanted) ? wanted : join(built, 'index.html');
  response.writeHead(200, { 'Content-Type': TYPES[extname(found)] ?? 'application/octet-stream' });
  createReadStream(found).pipe(response);
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const chosen = /^\/situation\/([\w-]+)$/.exec(url.pathname)?.[1];
  if (chosen) {
    response.writeHead(302, { Location: '/', 'Set-Cookie': `situation=${chosen}; Path=/` });
    response.end();
    return;
  }
  if (!url.pathname.startsWith('/api/')) {
    file(response, url.pathname);
    return;
  }
  void answer(request, url).then(({ status, json, problem, cookies = [] }) => {
    response.writeHead(status, {
      'Content-Type': problem ? 'application/problem+json' : 'application/json',
      'Set-Cookie': cookies,
    });
    response.end(status === 204 ? undefined : JSON.stringify(json ?? problem));
  });
});

const PREFERENCES = {
  pop_when: 'on_ring',
  ring_sound: false,
  notify: false,
  missed_mail: false,
  mail_address: null,
};
// What is asked comes true a moment later, in every tab of this browser.
const TAKES_MS = Number(process.env.TAKES_MS ?? 700);
const screens = new Map();
let made = 0;

function tell(request, frame) {
  for (const screen of screens.get(request.headers.cookie ?? '') ?? []) {
    screen.seq += 1;
    if (frame.pop) screen.pops.set(frame.pop.call_id, frame.pop);
    screen.say({ ...frame, seq: screen.seq });
  }
}

function popOf(request, callId) {
  return (screens.get(request.headers.cookie ?? '') ?? [])[0]?.pops.get(callId);
}

const BECOMES = {
  AnswerCall: () => ({ state: 'active', answered_at: new Date().toISOString() }),
  HoldCall: () => ({ state: 'held' }),
  RetrieveCall: () => ({ state: 'active' }),
  ClearConnection: () => ({ state: 'ended', ended_at: new Date().toISOString() }),
  DeflectCall: () => ({ state: 'ended', ended_at: new Date().toISOString() }),
  TransferCall: () => ({ state: 'ended', ended_at: new Date().toISOString(), consultation: null }),
  ReconnectCall: () => ({ state: 'active', consultation: null }),
};

function change(request, pop, over) {
  const next = { ...pop, ...over, revision: pop.revision + 1000 };
  tell(request, {
    type: 'pop',
    pop: { ...next, controls: controlsOf(next.consultation ? 'consulting' : next.state) },
  });
}

function requestOf(callId, what) {
  made += 1;
  return {
    request_id: `r${made}`,
    call_id: callId,
    service: what.service,
    device: what.device ?? '101',
    to: what.to ?? null,
    state: 'accepted',
    reason: null,
    at: new Date().toISOString(),
    settled_at: null,
  };
}

function settle(request, asked, state, reason = null) {
  tell(request, {
    type: 'service',
    request: { ...asked, state, reason, settled_at: new Date().toISOString() },
  });
}

async function ask(request, callId) {
  const what = await body(request);
  const asked = requestOf(callId, what);
  setTimeout(() => {
    const pop = popOf(request, callId);
    const becomes = BECOMES[what.service];
    if (what.to === '108') settle(request, asked, 'failed', 'busy');
    else {
      if (pop && becomes) change(request, pop, becomes());
      settle(request, asked, 'done');
    }
  }, TAKES_MS);
  return asked;
}

async function handOver(request, callId) {
  const what = await body(request);
  const device = what.to.device ?? what.to.employee_id?.replace('e', '') ?? null;
  const name = COLLEAGUES.find(([each]) => each === device)?.[1] ?? null;
  const packet = handover({
    handover_id: `ho-${Date.now()}`,
    call_id: callId,
    conversation_id: callId,
    kind: what.how === 'blind' ? 'blind' : 'attended',
    from: { employee_id: 'e101', name: ME.name, device: '101' },
    to: { employee_id: what.to.employee_id ?? null, name, device, queue: what.to.queue ?? null },
    note: what.note,
    outcome: 'ringing',
  });
  const step = (over, ms) =>
    setTimeout(() => tell(request, { type: 'handover', handover: { ...packet, ...over } }), ms);
  const pop = popOf(request, callId);
  const consultation = { to: device, name, device, number: null, since: new Date().toISOString() };
  setTimeout(() => {
    const now = new Date().toISOString();
    if (what.how === 'blind') change(request, pop, { state: 'ended', ended_at: now, handovers: [packet] });
    else
      change(request, pop, {
        state: 'held',
        handovers: [packet],
        consultation: { ...consultation, state: 'ringing' },
      });
  }, TAKES_MS);
  const readAt = new Date(Date.now() + 2 * TAKES_MS).toISOString();
  step({ read_at: readAt }, 2 * TAKES_MS);
  if (what.how === 'blind') step({ read_at: readAt, outcome: 'taken', outcome_at: readAt }, 4 * TAKES_MS);
  else
    setTimeout(
      () => change(request, popOf(request, callId), { consultation: { ...consultation, state: 'talking' } }),
      4 * TAKES_MS,
    );
  return packet;
}

async function dial(request) {
  const what = await body(request);
  const asked = requestOf(`made-${made}`, { service: 'MakeCall', device: what.device, to: what.number });
  // Who ends in 0 is busy.
  setTimeout(
    () =>
      settle(
        request,
        asked,
        what.number?.endsWith('0') ? 'failed' : 'done',
        what.number?.endsWith('0') ? 'busy' : null,
      ),
    4 * TAKES_MS,
  );
  return { call_id: asked.call_id, request_id: asked.request_id };
}

const live = new WebSocketServer({ server, path: '/api/v1/live' });
const dropped = new Map();
const STAYS_AWAY_MS = 20_000;
live.on('connection', (socket, request) => {
  const who = request.headers.cookie ?? '';
  if (Date.now() - (dropped.get(who) ?? 0) < STAYS_AWAY_MS) {
    socket.terminate();
    return;
  }
  const situation = SITUATIONS[situationOf(request)]();
  const { pops, calls, missed, devices, links, drop, queues, presence = [], afterCall } = situation;
  const say = (frame) => socket.send(JSON.stringify(frame));
  const screen = { say, seq: 1, pops: new Map(pops.map((each) => [each.call_id, each])) };
  screens.set(who, [...(screens.get(who) ?? []), screen]);
  socket.on('close', () => {
    screens.set(
      who,
      screens.get(who).filter((each) => each !== screen),
    );
  });
  const mine = {
    ...presence[0],
    state: 'after_call',
    since: new Date(Date.now() - 7000).toISOString(),
    until: new Date(Date.now() + 23_000).toISOString(),
  };
  say({
    type: 'snapshot',
    epoch: 'fake',
    seq: 1,
    now: new Date().toISOString(),
    me: situation.me ?? ME,
    pops,
    calls,
    missed: missed ?? [],
    preferences: PREFERENCES,
    devices,
    links,
    services: situation.services ?? [],
    reminders: situation.reminders ?? [],
    queues: queues ?? [],
    presence: afterCall ? [mine, ...presence.slice(1)] : presence,
  });
  if (drop)
    setTimeout(() => {
      dropped.set(who, Date.now());
      socket.terminate();
    }, drop);
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data));
    if (frame.type === 'ping') say({ type: 'pong' });
    if (process.env.FAKE_LOG) console.log(String(data));
  });
});

const port = Number(process.env.PORT ?? 8080);
server.listen(port, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
