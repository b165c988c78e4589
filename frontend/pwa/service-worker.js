// Keeps the program itself (pages, scripts, styles) at hand, so that it opens at once on a bad line and a tab that was
// open during an update still finds its files. It never sees what the server says about people and calls: answers of the
// API are neither kept nor looked at (docs/adr/0013-the-frame.md).
//
// `pwa/plugin.ts` fills in the version and the files and writes this as sw.js beside index.html.

const VERSION = '__VERSION__';
const FILES = __FILES__;

const NAME = `ringcard-${VERSION}`;
// This version's, and the one before, for tabs that still run it.
const KEPT = 2;
// The window behind `embed.js` is no page of the desk, and always the newest.
const SERVER = /^\/(api|healthz|readyz|metrics|embed)(\/|$)/;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      // Names under assets/ carry a hash and never change; the others must not come from the browser's own cache.
      .then((cache) =>
        cache.addAll(
          FILES.map(
            (path) => new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' }),
          ),
        ),
      ),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then((names) => {
      const ours = names.filter((name) => name.startsWith('ringcard-') && name !== NAME);
      return Promise.all(
        ours.slice(0, Math.max(0, ours.length - (KEPT - 1))).map((name) => caches.delete(name)),
      );
    }),
  );
});

// The page asks for this when its reader accepted the new version: never by itself, a call may be going on.
self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin || SERVER.test(url.pathname)) return;
  if (request.mode === 'navigate') {
    event.respondWith(fromShell('/', request));
    return;
  }
  if (url.pathname.startsWith('/assets/')) event.respondWith(fromAssets(request));
  else if (FILES.includes(url.pathname)) event.respondWith(fromShell(url.pathname, request));
});

/** A page, or a file without a hash in its name: of the version that runs. */
async function fromShell(path, request) {
  const cache = await caches.open(NAME);
  return (await cache.match(path)) ?? fetch(request);
}

/** Of whichever version has it. Seldom used ones (fonts of other alphabets) are kept once they were asked for. */
async function fromAssets(request) {
  const known = await caches.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(NAME);
    await cache.put(request, answer.clone());
  }
  return answer;
}
