/**
 * ringcard as an app of its own: the service worker (pwa/service-worker.js), a new version when there is one, and
 * installing. Works without all of it, as over plain HTTP in an office, where browsers allow no service worker.
 */
import { useSyncExternalStore } from 'react';

/** Chromium's; other browsers install by their own menu. Source: W3C Manifest Incubations, BeforeInstallPromptEvent. */
interface InstallPrompt extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

interface AppState {
  /** A newer version waits to take over. */
  newer: boolean;
  installable: boolean;
}

const LOOK_EVERY_MS = 60 * 60 * 1000;

let state: AppState = { newer: false, installable: false };
let registration: ServiceWorkerRegistration | null = null;
let prompt: InstallPrompt | null = null;
/** This tab accepted the new version: it loads again, the others go on until theirs is accepted. */
let accepted = false;
const watchers = new Set<() => void>();

function change(next: Partial<AppState>): void {
  state = { ...state, ...next };
  for (const watcher of watchers) watcher();
}

function watch(worker: ServiceWorker | null): void {
  // Without one that runs now this is the first, and nothing is newer.
  if (!worker || !navigator.serviceWorker.controller) return;
  const look = (): void => {
    if (worker.state === 'installed') change({ newer: true });
  };
  worker.addEventListener('statechange', look);
  look();
}

export function listenForInstalling(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault(); // Offered where it is looked for, not over a call.
    prompt = event as InstallPrompt;
    change({ installable: true });
  });
  window.addEventListener('appinstalled', () => change({ installable: false }));
}

export async function startServiceWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (accepted) location.reload();
  });
  try {
    registration = await navigator.serviceWorker.register('/sw.js');
  } catch {
    return; // Forbidden here, or the line broke: the page works all the same.
  }
  watch(registration.waiting);
  registration.addEventListener('updatefound', () => watch(registration?.installing ?? null));
  setInterval(lookForNewer, LOOK_EVERY_MS);
}

/** After the server was away it may be a newer one. */
export function lookForNewer(): void {
  void registration?.update().catch(() => undefined);
}

/** Loads the new version. What is typed and not saved is asked about by the browser (`useDraft`). */
export function takeNewer(): void {
  accepted = true;
  if (registration?.waiting) registration.waiting.postMessage('take over');
  else location.reload();
}

export async function install(): Promise<void> {
  const asked = prompt;
  prompt = null;
  change({ installable: false });
  await asked?.prompt();
}

export const canInstall = (): boolean => state.installable;

export function useApp(): AppState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}
