/** Who is signed in, and how this screen looks. */
import { Button, Divider, Popover, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { IconBell, IconKeyboard, IconLogout } from '@tabler/icons-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';

import { speak, useWords, withWords } from '../i18n';
import { Avatar } from '../ui/Avatar';
import { toast } from '../ui/toasts';
import { errorWords } from './errors';
import { setDensity, useDensity } from './preferences';
import { useSession } from './session';
import styles from './Shell.module.css';

const Preferences = lazy(() =>
  import('../features/desk/Preferences').then((module) => ({ default: module.Preferences })),
);

const OwnPhonesMenu = lazy(() =>
  withWords('settings', import('../features/phones/OwnPhonesMenu')).then((module) => ({
    default: module.OwnPhonesMenu,
  })),
);

function Setting({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles.setting} role="group" aria-label={label}>
      <span aria-hidden="true">{label}</span>
      {children}
    </div>
  );
}

export function LanguageSwitch() {
  const { t, language } = useWords();
  return (
    <SegmentedControl
      aria-label={t('me.language')}
      size="xs"
      value={language}
      onChange={(next) => void speak(next === 'ru' ? 'ru' : 'en', true)}
      data={[
        { value: 'ru', label: <span lang="ru">{t('me.russian')}</span> },
        { value: 'en', label: <span lang="en">{t('me.english')}</span> },
      ]}
    />
  );
}

export function UserMenu({ showKeys }: { showKeys: () => void }) {
  const { t } = useWords();
  const { me, signOut } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const density = useDensity();
  const [opened, setOpened] = useState(false);
  const [preferring, setPreferring] = useState(false);
  return (
    <>
      <Popover
        position="bottom-end"
        width={264}
        transitionProps={{ duration: 100 }}
        opened={opened}
        onChange={setOpened}
        trapFocus
        returnFocus
      >
        <Popover.Target>
          <button type="button" className={styles.user} onClick={() => setOpened(!opened)}>
            <Avatar name={me.name} size={32} />
            <span className={styles.userName}>
              {me.name}
              <small>
                {me.devices.length > 0
                  ? t('me.phone', { devices: me.devices.join(', '), count: me.devices.length })
                  : t('me.no_phone')}
              </small>
            </span>
            <span className="for-readers">{t('me.menu')}</span>
          </button>
        </Popover.Target>
        <Popover.Dropdown p={4} aria-label={t('me.menu')}>
          <Setting label={t('me.language')}>
            <LanguageSwitch />
          </Setting>
          <Setting label={t('me.theme')}>
            <SegmentedControl
              aria-label={t('me.theme')}
              size="xs"
              value={colorScheme}
              onChange={setColorScheme}
              data={[
                { value: 'light', label: t('me.light') },
                { value: 'dark', label: t('me.dark') },
                { value: 'auto', label: t('me.system') },
              ]}
            />
          </Setting>
          <Setting label={t('me.density')}>
            <SegmentedControl
              aria-label={t('me.density')}
              size="xs"
              value={density}
              onChange={(value) => setDensity(value)}
              data={[
                { value: 'compact', label: t('me.compact') },
                { value: 'roomy', label: t('me.roomy') },
              ]}
            />
          </Setting>
          <Divider my={4} />
          {me.devices.length > 0 && (
            <Suspense fallback={null}>
              <OwnPhonesMenu close={() => setOpened(false)} />
            </Suspense>
          )}
          <Button
            variant="subtle"
            color="gray"
            justify="flex-start"
            fullWidth
            leftSection={<IconBell size={16} />}
            onClick={() => {
              setOpened(false);
              setPreferring(true);
            }}
          >
            {t('preferences.title')}
          </Button>
          <Button
            variant="subtle"
            color="gray"
            justify="flex-start"
            fullWidth
            leftSection={<IconKeyboard size={16} />}
            onClick={() => {
              setOpened(false);
              showKeys();
            }}
          >
            {t('keys.title')}
          </Button>
          <Button
            variant="subtle"
            color="gray"
            justify="flex-start"
            fullWidth
            leftSection={<IconLogout size={16} />}
            onClick={() => void signOut().catch((error: unknown) => toast(errorWords(t, error)))}
          >
            {t('me.sign_out')}
          </Button>
        </Popover.Dropdown>
      </Popover>
      {preferring && (
        <Suspense fallback={null}>
          <Preferences close={() => setPreferring(false)} />
        </Suspense>
      )}
    </>
  );
}
