/**
 * What can be done from anywhere: pages, how the screen looks, the call in hand. A room adds its action here, with its
 * words in `i18n/palette/*.json` (`palette.does.<id>`, and in `palette.also.<id>` what people might call it).
 */
import {
  IconAddressBook,
  IconBook,
  IconCircleCheck,
  IconDeviceLaptop,
  IconDownload,
  IconEyeOff,
  IconHeadset,
  IconKeyboard,
  IconLanguage,
  IconLayoutList,
  IconLogout,
  IconMoon,
  IconPhone,
  IconPlayerPause,
  IconRefresh,
  IconRowInsertBottom,
  IconSettings,
  IconSun,
  IconUserPlus,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import type { useNavigate } from '@tanstack/react-router';
import type { MantineColorScheme } from '@mantine/core';

import type { Pop } from '../../api/types';
import { openPresence } from '../../features/presence/menu';
import { speak } from '../../i18n';
import type en from '../../i18n/palette/en.json';
import { live } from '../../live/store';
import type { KeyName } from '../keys';
import { canInstall, install } from '../pwa';
import { setDensity } from '../preferences';
import type { Permission } from '../rights';

/** What an action can use. */
export interface Hands {
  navigate: ReturnType<typeof useNavigate>;
  /** The call whose card is open, or that would be. */
  pop: Pop | undefined;
  setTheme: (theme: MantineColorScheme) => void;
  showKeys: () => void;
  signOut: () => void;
  lost: boolean;
  be: (state: 'ready') => void;
}

export type ActionId = keyof (typeof en)['palette']['does'];

export interface Action {
  id: ActionId;
  Icon: Icon;
  run: (hands: Hands) => void;
  needs?: Permission;
  /** Offered only then. */
  when?: (hands: Hands) => boolean;
  /** The key that does the same. */
  sameAs?: KeyName;
}

export const ACTIONS: readonly Action[] = [
  { id: 'desk', Icon: IconHeadset, run: ({ navigate }) => void navigate({ to: '/' }) },
  { id: 'calls', Icon: IconPhone, run: ({ navigate }) => void navigate({ to: '/calls' }) },
  { id: 'contacts', Icon: IconAddressBook, run: ({ navigate }) => void navigate({ to: '/contacts' }) },
  { id: 'team', Icon: IconUsers, run: ({ navigate }) => void navigate({ to: '/team' }) },
  { id: 'settings', Icon: IconSettings, run: ({ navigate }) => void navigate({ to: '/settings' }) },
  {
    id: 'new_contact',
    Icon: IconUserPlus,
    needs: 'contacts.write',
    run: ({ navigate }) => void navigate({ to: '/contacts/new' }),
  },
  {
    id: 'hide',
    Icon: IconEyeOff,
    sameAs: 'hide',
    when: ({ pop }) => pop !== undefined,
    run: ({ pop }) => pop && live.hide(pop.pop_id),
  },
  {
    id: 'open_card',
    Icon: IconBook,
    sameAs: 'open',
    when: ({ pop }) => Boolean(pop?.contact),
    run: ({ navigate, pop }) =>
      pop?.contact &&
      void navigate({ to: '/contacts/$contactId', params: { contactId: pop.contact.contact_id } }),
  },
  { id: 'ready', Icon: IconCircleCheck, needs: 'calls.make', run: ({ be }) => be('ready') },
  {
    id: 'not_ready',
    Icon: IconPlayerPause,
    needs: 'calls.make',
    sameAs: 'presence',
    run: () => openPresence(true),
  },
  { id: 'reconnect', Icon: IconRefresh, when: ({ lost }) => lost, run: () => live.retryNow() },
  { id: 'light', Icon: IconSun, run: ({ setTheme }) => setTheme('light') },
  { id: 'dark', Icon: IconMoon, run: ({ setTheme }) => setTheme('dark') },
  { id: 'system', Icon: IconDeviceLaptop, run: ({ setTheme }) => setTheme('auto') },
  { id: 'russian', Icon: IconLanguage, run: () => void speak('ru', true) },
  { id: 'english', Icon: IconLanguage, run: () => void speak('en', true) },
  { id: 'compact', Icon: IconLayoutList, run: () => setDensity('compact') },
  { id: 'roomy', Icon: IconRowInsertBottom, run: () => setDensity('roomy') },
  { id: 'install', Icon: IconDownload, when: canInstall, run: () => void install() },
  { id: 'keys', Icon: IconKeyboard, sameAs: 'help', run: ({ showKeys }) => showKeys() },
  { id: 'sign_out', Icon: IconLogout, run: ({ signOut }) => signOut() },
];
