/** The frame around every page: rail, top bar, the pop where the desk is not open, and the polite announcement. */
import { IconAddressBook, IconHeadset, IconPhone, IconSettings, IconUsers } from '@tabler/icons-react';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { Announcer } from '../features/desk/Announcer';
import { Attendant } from '../features/desk/Attendant';
import { PopDock } from '../features/desk/PopDock';
import { Outcomes } from '../features/control/Outcomes';
import { Sheets } from '../features/control/Sheets';
import { Dialling } from '../features/dial/Dialling';
import { PresenceSwitch } from '../features/presence/PresenceSwitch';
import { useWords } from '../i18n';
import { useLive } from '../live/store';
import { ConnectionMark, StaleBanner } from './Connection';
import { useKeys } from './keys';
import { NewerVersion } from './NewerVersion';
import { PaletteButton } from './palette/PaletteButton';
import styles from './Shell.module.css';
import { UserMenu } from './UserMenu';

const KeyMap = lazy(() => import('./KeyMap').then((module) => ({ default: module.KeyMap })));

const PLACES = [
  { to: '/', words: 'nav.desk', Icon: IconHeadset },
  { to: '/calls', words: 'nav.calls', Icon: IconPhone },
  { to: '/contacts', words: 'nav.contacts', Icon: IconAddressBook },
  { to: '/team', words: 'nav.team', Icon: IconUsers },
  { to: '/settings', words: 'nav.settings', Icon: IconSettings },
] as const;

function MissedBadge() {
  const { t } = useWords();
  const count = useLive((state) => Object.keys(state.missed).length);
  if (count === 0) return null;
  return (
    <span className={styles.badge}>
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className="for-readers">{t('missed.count', { count })}</span>
    </span>
  );
}

export function Shell() {
  const { t } = useWords();
  const [keysShown, setKeysShown] = useState(false);
  const onDesk = useLocation({ select: (location) => location.pathname === '/' });
  useKeys({ help: () => setKeysShown(true) });
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        {t('app.skip')}
      </a>
      <nav className={styles.rail} aria-label={t('nav.label')}>
        <ul>
          {PLACES.map(({ to, words, Icon }) => (
            <li key={to}>
              <Link to={to} activeOptions={{ exact: to === '/' }} className={styles.place}>
                <Icon size={20} stroke={1.75} aria-hidden="true" />
                {t(words)}
                {to === '/calls' && <MissedBadge />}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <header className={styles.top}>
        <span className={styles.brand}>ringcard</span>
        <PaletteButton showKeys={() => setKeysShown(true)} />
        <NewerVersion />
        <ConnectionMark />
        <PresenceSwitch />
        <UserMenu showKeys={() => setKeysShown(true)} />
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        <StaleBanner />
        <div className={styles.page}>
          <Outlet />
        </div>
      </main>
      <PopDock onDesk={onDesk} />
      <Announcer />
      <Outcomes />
      <Sheets />
      <Dialling />
      <Attendant />
      {keysShown && (
        <Suspense fallback={null}>
          <KeyMap close={() => setKeysShown(false)} />
        </Suspense>
      )}
    </div>
  );
}
