/** The desk: calls now, the card, and beside it the timeline and the colleagues. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { useWords } from '../../i18n';
import { openPop, type Choice } from '../../live/state';
import { useConnection, useLive } from '../../live/store';
import { Waiting } from '../../ui/Waiting';
import { Colleagues } from '../people/Colleagues';
import { DueReminders } from '../wrapup/DueReminders';
import { CallsNow } from './CallsNow';
import styles from './desk.module.css';
import { Idle } from './Idle';
import { PopCard } from './PopCard';
import { usePops } from './pops';
import { Timeline } from './Timeline';
import { useTyping } from './typing';

const WhyPanel = lazy(() => import('./WhyPanel').then((module) => ({ default: module.WhyPanel })));

export function Desk() {
  const { t } = useWords();
  const navigate = useNavigate();
  const chosen = useSearch({ from: '/', select: (search) => search.pop ?? null });
  const pops = usePops();
  const [seen, setSeen] = useState<Choice['seen']>({});
  const { typing, noLongerTyping, watchTyping } = useTyping();
  const quiet = useLive((state) => state.preferences.pop_when === 'quiet');
  const due =
    quiet && chosen === null ? null : openPop(pops, chosen === null ? null : { popId: chosen, seen });
  const [openId, setOpenId] = useState<string | null>(null);
  // Whoever is typing in a card keeps it until they are done; what rings meanwhile is the first tile, and is announced.
  const kept = typing ? pops.find((pop) => pop.pop_id === openId && pop.pop_id !== due?.pop_id) : undefined;
  const open = kept ?? due;
  if (open && open.pop_id !== openId) {
    setOpenId(open.pop_id);
    noLongerTyping();
  }
  const [why, setWhy] = useState(false);
  const known = useLive((state) => state.epoch !== null);
  const connection = useConnection();
  const stale = connection.state === 'lost' || connection.state === 'too_many';
  return (
    <div
      className={styles.desk}
      data-stale={stale || undefined}
      data-idle={!open || undefined}
      data-waiting={!known || undefined}
    >
      <CallsNow
        pops={pops}
        open={open}
        choose={(pop) => {
          setSeen(Object.fromEntries(pops.map((each) => [each.pop_id, each.state])));
          void navigate({ to: '/', search: { pop: pop.pop_id }, replace: true });
        }}
      />
      <div className={styles.centre} {...watchTyping}>
        <DueReminders />
        {open ? <PopCard key={open.pop_id} pop={open} showWhy={() => setWhy(true)} /> : <Idle />}
      </div>
      <aside className={styles.beside} aria-label={t('desk.beside')}>
        {/* Until it is known whether there is a call: one of them would push the others down. */}
        {known ? (
          <>
            {open && <Timeline pop={open} />}
            <Colleagues pop={open} />
          </>
        ) : (
          <Waiting rows={8} />
        )}
      </aside>
      {why && open && (
        <Suspense fallback={null}>
          <WhyPanel pop={open} close={() => setWhy(false)} />
        </Suspense>
      )}
    </div>
  );
}
