/** Which frame a page has: the wizard one of its own, every other page the shell. A new installation leads to the wizard. */
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';

import { server } from '../api/server';
import { Announcer } from '../features/desk/Announcer';
import { PopDock } from '../features/desk/PopDock';
import { useWords } from '../i18n';
import { useMay } from './rights';
import { Shell } from './Shell';
import styles from './Frame.module.css';
import { LanguageSwitch } from './UserMenu';

export function Frame() {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const path = useLocation({ select: (location) => location.pathname });
  const inWizard = path === '/setup';
  const setup = useQuery({
    queryKey: ['setup'],
    queryFn: server.setup,
    enabled: may('settings.manage'),
    staleTime: Infinity,
  });
  const stage = setup.data?.stage;
  useEffect(() => {
    if (stage === 'open' && path === '/') void navigate({ to: '/setup', replace: true });
  }, [stage, path, navigate]);
  if (!inWizard)
    return (
      <>
        {stage === 'later' && (
          <p className={styles.reminder}>
            {t('app.setup_waits')} <Link to="/setup">{t('app.setup_go_on')}</Link>
          </p>
        )}
        <Shell />
      </>
    );
  return (
    <div className={styles.wizard}>
      <header>
        <span className={styles.brand}>
          <img src="/mark.svg" width={24} height={24} alt="" /> ringcard
        </span>
        <LanguageSwitch />
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <PopDock onDesk={false} />
      <Announcer />
    </div>
  );
}
