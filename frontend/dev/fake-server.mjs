// A server of invented calls, to look at the screens without Python or a PBX: `npm run dev:fake`, then `npm run dev`,
// or open its own address, where it serves the built front end. `/situation/NAME` chooses one of dev/situations.mjs;
// any login and password will do.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { WebSocketServer } from 'ws';

import { COLLEAGUES, ME, SITUATIONS, why } from './situations.mjs';

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
  if (room === 'session') {
    if (request.method === 'DELETE') return { status: 204, cookies: ['signed_in=; Max-Age=0; Path=/'] };
    if (request.method === 'POST') {
      const { password } = await body(request);
      if (password === 'wrong') return REFUSED(401, 'sign_in_refused');
      return { status: 200, json: ME, cookies: ['signed_in=1; Path=/', 'ringcard_csrf=fake-token; Path=/'] };
    }
    return cookie(request, 'signed_in') ? { status: 200, json: ME } : REFUSED(401, 'not_signed_in');
  }
  if (!cookie(request, 'signed_in')) return REFUSED(401, 'not_signed_in');
  if (room === 'calls') {
    if (request.method === 'POST') return { status: 202, json: { call_id: 'made' } };
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
const live = new WebSocketServer({ server, path: '/api/v1/live' });
const dropped = new Map();
const STAYS_AWAY_MS = 20_000;
live.on('connection', (socket, request) => {
  const who = request.headers.cookie ?? '';
  if (Date.now() - (dropped.get(who) ?? 0) < STAYS_AWAY_MS) {
    socket.terminate();
    return;
  }
  const { pops, calls, missed, devices, links, drop } = SITUATIONS[situationOf(request)]();
  const say = (frame) => socket.send(JSON.stringify(frame));
  say({
    type: 'snapshot',
    epoch: 'fake',
    seq: 1,
    now: new Date().toISOString(),
    me: ME,
    pops,
    calls,
    missed: missed ?? [],
    preferences: PREFERENCES,
    devices,
    links,
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
