/** Says a ringing call once, politely, to screen readers and in the tab's title. */
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import type { Pop } from '../../api/types';
import { useWords, type Words } from '../../i18n';
import { whoOf } from '../calls/words';
import { usePops } from './pops';
import { dialledWords, routeWords } from './reason';

const PLACES: Partial<Record<string, 'nav.calls' | 'nav.contacts' | 'nav.team' | 'nav.settings'>> = {
  calls: 'nav.calls',
  contacts: 'nav.contacts',
  team: 'nav.team',
  settings: 'nav.settings',
};

/** A call is announced when its card is there, or after this if the sources are slow. */
const WAIT_FOR_CARD_MS = 400;

export function announcement(t: Words, pop: Pop): string {
  const who = whoOf(t, pop);
  const parts = [t('desk.announce', { who: who.title }), who.organisation, routeWords(t, pop)];
  const dialled = dialledWords(pop);
  if (dialled) parts.push(t('desk.announce_dialled', { number: dialled }));
  return parts.filter(Boolean).join('. ');
}

export function Announcer() {
  const { t } = useWords();
  const pops = usePops();
  const said = useRef(new Set<string>());
  const [text, setText] = useState('');
  const place = t(
    PLACES[useLocation({ select: (location) => location.pathname.split('/')[1] ?? '' })] ?? 'nav.desk',
  );
  const ringing = pops.find((pop) => pop.state === 'ringing' && pop.direction !== 'outbound');

  useEffect(() => {
    const next = pops.find(
      (pop) => pop.state === 'ringing' && pop.direction !== 'outbound' && !said.current.has(pop.pop_id),
    );
    if (!next) return;
    const say = (): void => {
      said.current.add(next.pop_id);
      setText(announcement(t, next));
    };
    const waits =
      !next.contact && !next.colleague && next.sources.some((source) => source.status === 'pending');
    const timer = setTimeout(say, waits ? WAIT_FOR_CARD_MS : 0);
    return () => clearTimeout(timer);
  }, [pops, t]);

  const title = ringing ? `☎ ${whoOf(t, ringing).title}` : `${place} · ringcard`;
  useEffect(() => {
    document.title = title;
  }, [title]);

  return (
    <div className="for-readers" role="status" aria-live="polite">
      {text}
    </div>
  );
}
