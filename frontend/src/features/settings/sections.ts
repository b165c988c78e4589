/**
 * The pages of the settings, one line each: a room adds its line under its heading, the page itself stays in the room's
 * folder (`src/features/<room>`) and is loaded when it is opened. Its words are in `i18n/settings/*.json`; its name and
 * what it is for (`settings.sections.<path>`) in the main catalogue, because the command palette knows them too.
 *
 * `needs` hides a page from whoever may not use it; the server refuses all the same.
 */
import { lazyRouteComponent } from '@tanstack/react-router';
import type { ComponentType } from 'react';

import type { Permission } from '../../app/rights';
import { withWords } from '../../i18n';
import type en from '../../i18n/en.json';

/** `item` is what follows in the address: `/settings/people/42` opens the page `people` with the item `42`. */
export interface SectionProps {
  item: string | undefined;
}

export interface Section {
  path: SectionPath;
  /** Null: everybody. */
  needs: Permission | null;
  Page: ComponentType<SectionProps>;
}

export interface Group {
  group: GroupName;
  sections: readonly Section[];
}

export type SectionPath = keyof (typeof en)['settings']['sections'];
export type GroupName = keyof (typeof en)['settings']['groups'];

function section<Name extends string>(
  path: SectionPath,
  needs: Permission | null,
  file: () => Promise<Record<Name, ComponentType<SectionProps>>>,
  name: Name,
): Section {
  return { path, needs, Page: lazyRouteComponent(() => withWords('settings', file()), name) };
}

export const GROUPS: readonly Group[] = [
  {
    group: 'you',
    sections: [
      section('screen', null, () => import('./ScreenSection'), 'ScreenSection'),
      section('phones', null, () => import('../phones/OwnPhonesSection'), 'OwnPhonesSection'),
    ],
  },
  {
    group: 'company',
    sections: [
      section('people', 'people.manage', () => import('../rights/PeopleSection'), 'PeopleSection'),
      section('roles', 'people.manage', () => import('../rights/RolesSection'), 'RolesSection'),
      section('tokens', null, () => import('../rights/TokensSection'), 'TokensSection'),
      section('audit', 'audit.read', () => import('../rights/AuditSection'), 'AuditSection'),
    ],
  },
  {
    group: 'telephony',
    sections: [
      section('numbers', 'settings.manage', () => import('../numbers/NumbersSection'), 'NumbersSection'),
      section(
        'pbxs',
        'settings.manage',
        () => withWords('setup', import('../pbxs/PbxsSection')),
        'PbxsSection',
      ),
      section(
        'dialling',
        'settings.manage',
        () => withWords('handling', import('../dial/DiallingSection')),
        'DiallingSection',
      ),
      section('dialplan', 'settings.manage', () => import('../phones/DialplanSection'), 'DialplanSection'),
    ],
  },
  {
    group: 'cards',
    sections: [
      section(
        'fields',
        'settings.manage',
        () => withWords('card', import('../cards/FieldsSection')),
        'FieldsSection',
      ),
      section(
        'doubles',
        'contacts.delete',
        () => withWords('card', import('../cards/DoublesSection')),
        'DoublesSection',
      ),
    ],
  },
  {
    group: 'calls',
    sections: [
      section('desk', 'settings.manage', () => import('../opening/OpeningSection'), 'OpeningSection'),
      section('outcomes', 'settings.manage', () => import('../wrapup/OutcomesSection'), 'OutcomesSection'),
      section('presence', 'settings.manage', () => import('../presence/PresenceSection'), 'PresenceSection'),
      section(
        'history',
        'settings.manage',
        () => withWords('imports', import('../oldcalls/OldCallsSection')),
        'OldCallsSection',
      ),
      section('mail', 'settings.manage', () => import('../mail/MailSection'), 'MailSection'),
    ],
  },
];

export const SECTIONS: readonly Section[] = GROUPS.flatMap((each) => each.sections);
