/** What the palette offers for what was typed: what is known here at once, and cards as the server finds them. */
import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';

import { server } from '../../api/server';
import type { CallRecord, Contact, Device, Pop } from '../../api/types';
import { mergeCalls } from '../../features/calls/merge';
import { otherParty, partyNumber, partyWords, whoOf } from '../../features/calls/words';
import { useDial } from '../../features/dial/dial';
import { usePops } from '../../features/desk/pops';
import { inOrder } from '../../features/people/people';
import { useSections } from '../../features/settings/useSections';
import { bareNumber, formatPhone, looksDialable } from '../../format/phone';
import { choosePresence } from '../../features/presence/menu';
import { useWords, wordsIn, type Words } from '../../i18n';
import type en from '../../i18n/palette/en.json';
import { useConnection, useLive } from '../../live/store';
import { toast } from '../../ui/toasts';
import { errorWords } from '../errors';
import { useMay } from '../rights';
import { useSession } from '../session';
import { ACTIONS, type Action, type Hands } from './actions';
import { best, Typed } from './find';
import { fold } from './letters';

export type GroupName = keyof (typeof en)['palette']['groups'];

interface Common {
  id: string;
  title: string;
  under?: string | undefined;
  /** Enter. */
  act: () => void;
  /** Ctrl-Enter: the number that would be called. */
  number?: string | undefined;
}

export type Entry = Common &
  (
    | { kind: 'dial' }
    | { kind: 'new_card' }
    | { kind: 'pop'; pop: Pop }
    | { kind: 'person'; device: Device }
    | { kind: 'action'; action: Action }
    | { kind: 'section' }
    | { kind: 'call'; call: CallRecord }
    | { kind: 'card'; contact: Contact }
  );

export interface Group {
  group: GroupName;
  entries: Entry[];
}

const MOST = { people: 5, actions: 6, calls: 5, cards: 8 };
const LEAST_LETTERS = 2;
const DEBOUNCE_MS = 100;

/** Both languages, so that a command is found by what it is called in either. */
let both: readonly Words[] = [];

export async function prepare(): Promise<void> {
  both = await Promise.all([wordsIn('en'), wordsIn('ru')]);
}

function useHands(showKeys: () => void): Hands {
  const { t } = useWords();
  const navigate = useNavigate();
  const pop = usePops()[0];
  const { setColorScheme } = useMantineColorScheme();
  const { signOut } = useSession();
  const connection = useConnection();
  return {
    navigate,
    pop,
    setTheme: setColorScheme,
    showKeys,
    signOut: () => void signOut().catch((error: unknown) => toast(errorWords(t, error))),
    be: (state) => void choosePresence(t, state),
    lost: connection.state === 'lost' || connection.state === 'too_many',
  };
}

function useActions(typed: Typed | null, hands: Hands): Entry[] {
  const { t } = useWords();
  const may = useMay();
  const sections = useSections().flatMap((each) => each.sections);
  const offered = ACTIONS.filter(
    (action) => (!action.needs || may(action.needs)) && (!action.when || action.when(hands)),
  );
  const actions: (Entry & { texts: string[] })[] = offered.map((action) => ({
    id: `action:${action.id}`,
    kind: 'action',
    action,
    title: t(`palette.does.${action.id}`),
    act: () => action.run(hands),
    texts: both.map((words) =>
      fold(`${words(`palette.does.${action.id}`)} ${words(`palette.also.${action.id}`)}`),
    ),
  }));
  for (const { path } of sections)
    actions.push({
      id: `section:${path}`,
      kind: 'section',
      title: t(`settings.sections.${path}.title`),
      under: t('palette.section'),
      act: () => void hands.navigate({ to: '/settings/$section/{-$item}', params: { section: path } }),
      texts: both.map((words) =>
        fold(
          `${words(`settings.sections.${path}.title`)} ${words('palette.section')} ${words(`settings.sections.${path}.about`)}`,
        ),
      ),
    });
  return typed ? best(actions, (each) => typed.score(each.texts), MOST.actions) : actions;
}

function usePeople(typed: Typed | null, text: string, dial: (number: string) => void): Entry[] {
  const { me } = useSession();
  const devices = useLive((state) => state.devices);
  // Not before something is typed: there may be thousands, and opening must take no time.
  const asked = typed !== null;
  const people = useMemo(
    () =>
      Object.values(asked ? devices : {})
        .filter((device) => device.employee && !me.devices.includes(device.device))
        .map((device) => ({ device, texts: [fold(`${device.employee?.name ?? ''} ${device.device}`)] })),
    [asked, devices, me.devices],
  );
  return useMemo(() => {
    if (!typed) return [];
    const number = bareNumber(text);
    const found = best(
      people,
      ({ device, texts }) => (number && device.device === number ? Infinity : typed.score(texts)),
      MOST.people,
    );
    return inOrder(found.map((each) => each.device)).map((device) => ({
      id: `person:${device.pbx}/${device.device}`,
      kind: 'person',
      device,
      title: device.employee?.name ?? device.device,
      under: device.device,
      number: device.device,
      act: () => dial(device.device),
    }));
  }, [typed, people, text, dial]);
}

function useCalls(typed: Typed | null, text: string, hands: Hands): Entry[] {
  const { t } = useWords();
  const { me } = useSession();
  const recent = useLive((state) => state.recent);
  const device = me.devices[0];
  // The same as the desk asked for when nothing rang.
  const asked = useQuery({
    queryKey: ['calls', 'mine', device],
    queryFn: () => server.calls({ limit: 8, ...(device ? { device } : {}) }),
  });
  const mine = recent.filter((call) => call.devices.some((each) => me.devices.includes(each.device)));
  const calls = mergeCalls(mine, asked.data?.items ?? []);
  const digits = text.replace(/\D/g, '');
  const found = typed
    ? best(
        calls,
        (call) => {
          const number = partyNumber(otherParty(call, me.devices)) ?? '';
          if (digits.length > 2 && number.includes(digits)) return 1;
          return typed.score([fold(`${call.contact?.name ?? ''} ${call.contact?.organisation ?? ''}`)]);
        },
        MOST.calls,
      )
    : calls.slice(0, MOST.calls);
  return found.map((call) => {
    const party = otherParty(call, me.devices);
    const number = partyNumber(party);
    const name = call.contact?.name ?? (party.device && call.employees[party.device]) ?? partyWords(t, party);
    return {
      id: `call:${call.call_id}`,
      kind: 'call',
      call,
      title: name,
      under: call.contact && number ? formatPhone(number) : undefined,
      number: number ?? undefined,
      act: () => void hands.navigate({ to: '/calls', search: { call: call.call_id } }),
    };
  });
}

interface Found {
  groups: Group[];
  /** The server is still looking through the cards. */
  searching: boolean;
  error: Error | null;
  dial: (number: string) => void;
}

export function useEntries(text: string, showKeys: () => void): Found {
  const { t } = useWords();
  const may = useMay();
  const { me } = useSession();
  const dial = useDial();
  const hands = useHands(showKeys);
  const trimmed = text.trim();
  const typed = useMemo(() => (trimmed ? new Typed(trimmed) : null), [trimmed]);
  const [asked] = useDebouncedValue(trimmed, DEBOUNCE_MS);
  const wanted = trimmed.length >= LEAST_LETTERS && may('contacts.read');
  const cards = useQuery({
    queryKey: ['contacts', 'palette', asked],
    queryFn: ({ signal }) =>
      server.contacts(
        { limit: MOST.cards, ...(looksDialable(asked) ? { number: asked } : { q: asked }) },
        signal,
      ),
    enabled: wanted && asked.length >= LEAST_LETTERS,
    placeholderData: keepPreviousData,
  });
  const pops = usePops();
  const people = usePeople(typed, trimmed, dial);
  const actions = useActions(typed, hands);
  const calls = useCalls(typed, trimmed, hands);

  const number: Entry[] = [];
  if (looksDialable(trimmed)) {
    const bare = bareNumber(trimmed);
    // Only the server knows the company's numbering plan: what is no E.164 is said as it was typed.
    const written = bare.startsWith('+') ? formatPhone(bare) : trimmed;
    if (may('calls.make') && me.devices.length > 0)
      number.push({
        id: 'dial',
        kind: 'dial',
        title: t('dial.call', { number: written }),
        number: bare,
        act: () => dial(bare),
      });
    if (may('contacts.write') && bare.length > 4)
      number.push({
        id: 'new_card',
        kind: 'new_card',
        title: t('palette.new_card', { number: written }),
        act: () => void hands.navigate({ to: '/contacts/new', search: { number: bare } }),
      });
  }
  const now: Entry[] = pops
    .map((pop): Entry & { texts: string[] } => {
      const who = whoOf(t, pop);
      return {
        id: `pop:${pop.pop_id}`,
        kind: 'pop',
        pop,
        title: who.title,
        under: who.organisation ?? undefined,
        act: () => void hands.navigate({ to: '/', search: { pop: pop.pop_id } }),
        texts: [fold(`${who.title} ${who.organisation ?? ''}`)],
      };
    })
    .filter((each) => !typed || typed.score(each.texts) > 0);
  const found: Entry[] = wanted
    ? (cards.data?.items ?? []).map((contact) => ({
        id: `card:${contact.contact_id}`,
        kind: 'card',
        contact,
        title: contact.name,
        under: contact.organisation ?? undefined,
        number: contact.phones[0]?.number ?? undefined,
        act: () =>
          void hands.navigate({ to: '/contacts/$contactId', params: { contactId: contact.contact_id } }),
      }))
    : [];
  // What comes late goes last: nothing that is being read moves.
  const groups: Group[] = (
    [
      { group: 'number', entries: number },
      { group: 'now', entries: now },
      { group: 'people', entries: people },
      ...(typed
        ? [
            { group: 'actions', entries: actions },
            { group: 'calls', entries: calls },
          ]
        : [
            { group: 'calls', entries: calls },
            { group: 'actions', entries: actions },
          ]),
      { group: 'cards', entries: found },
    ] as Group[]
  ).filter((each) => each.entries.length > 0);
  return {
    groups,
    searching: wanted && (cards.isFetching || asked !== trimmed),
    error: wanted ? cards.error : null,
    dial,
  };
}
