/** The addresses. The desk is in the first load, because the phone may be ringing; the others come when asked for. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type ErrorComponentProps,
} from '@tanstack/react-router';

import { Desk } from '../features/desk/Desk';
import { withWords } from '../i18n';
import { ErrorTrouble } from '../ui/Words';
import { NotFound } from './NotFound';
import { Frame } from './Frame';

function Failed({ error }: ErrorComponentProps) {
  // After an update of the server a page's file may be gone; loading the whole again brings the new one.
  return (
    <div style={{ padding: 24 }}>
      <ErrorTrouble error={error} again={() => location.reload()} />
    </div>
  );
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const desk = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: Desk,
  validateSearch: (search: Record<string, unknown>): { pop?: string } =>
    typeof search.pop === 'string' ? { pop: search.pop } : {},
});

const calls = createRoute({
  getParentRoute: () => root,
  path: '/calls',
  component: lazyRouteComponent(() => import('../features/calls/CallsPage'), 'CallsPage'),
  validateSearch: (search: Record<string, unknown>): { device?: string; call?: string; list?: 'missed' } => ({
    ...(search.list === 'missed' ? { list: search.list } : {}),
    ...(typeof search.device === 'string' || typeof search.device === 'number'
      ? { device: String(search.device) }
      : {}),
    ...(typeof search.call === 'string' ? { call: search.call } : {}),
  }),
});

const contacts = createRoute({
  getParentRoute: () => root,
  path: '/contacts',
  component: lazyRouteComponent(() => import('../features/contacts/ContactsPage'), 'ContactsPage'),
});

const newContact = createRoute({
  getParentRoute: () => root,
  path: '/contacts/new',
  component: lazyRouteComponent(
    () => withWords('card', import('../features/contacts/NewContactPage')),
    'NewContactPage',
  ),
  validateSearch: (search: Record<string, unknown>): { number?: string } =>
    typeof search.number === 'string' || typeof search.number === 'number'
      ? { number: String(search.number) }
      : {},
});

const contact = createRoute({
  getParentRoute: () => root,
  path: '/contacts/$contactId',
  component: lazyRouteComponent(
    () => withWords('card', import('../features/contacts/ContactPage')),
    'ContactPage',
  ),
});

const importsPage = createRoute({
  getParentRoute: () => root,
  path: '/contacts/import',
  component: lazyRouteComponent(
    () => withWords('imports', import('../features/imports/ImportsPage')),
    'ImportsPage',
  ),
});

const importPage = createRoute({
  getParentRoute: () => root,
  path: '/contacts/import/$importId',
  component: lazyRouteComponent(
    () => withWords('imports', import('../features/imports/ImportPage')),
    'ImportPage',
  ),
});

// Where `tel:` links lead: public/manifest.webmanifest and Settings → Your screen name it.
const dial = createRoute({
  getParentRoute: () => root,
  path: '/dial',
  component: lazyRouteComponent(() => withWords('handling', import('../features/dial/DialPage')), 'DialPage'),
  validateSearch: (search: Record<string, unknown>): { number?: string } =>
    typeof search.number === 'string' || typeof search.number === 'number'
      ? { number: String(search.number) }
      : {},
});

const team = createRoute({
  getParentRoute: () => root,
  path: '/team',
  component: lazyRouteComponent(() => import('../features/people/TeamPage'), 'TeamPage'),
});

// Which pages there are: src/features/settings/sections.ts.
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/SettingsPage'), 'SettingsIndex'),
});

const settingsPage = createRoute({
  getParentRoute: () => root,
  path: '/settings/$section/{-$item}',
  component: lazyRouteComponent(() => import('../features/settings/SettingsPage'), 'SettingsPage'),
});

// A new installation leads there by itself: app/Frame.tsx.
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(
    () => withWords('settings', withWords('setup', import('../features/setup/SetupPage'))),
    'SetupPage',
  ),
});

export const router = createRouter({
  routeTree: root.addChildren([
    desk,
    calls,
    contacts,
    newContact,
    contact,
    importsPage,
    importPage,
    dial,
    team,
    settings,
    settingsPage,
    setup,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: Failed,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
