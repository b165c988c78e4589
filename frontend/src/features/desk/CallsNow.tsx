/** The employee's calls as tiles; two calls at once are two tiles, and choosing one opens its card. */
import { IconStarFilled } from '@tabler/icons-react';

import { useState } from 'react';

import type { Pop } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { useShown } from '../../live/store';
import { Pill } from '../../ui/Words';
import { whoOf } from '../calls/words';
import { dragOf } from '../control/drag';
import { StateLine } from './StateLine';
import styles from './desk.module.css';
import { markWords, routeWords } from './reason';

/** More calls at once than anybody reads are a tray: its count, and in front of it what may need an answer. */
const SHOWN = 3;

/** The newest that rings, and the call whose card is open. */
function inFront(pops: Pop[], open: Pop | null): Pop[] {
  const newest = pops.filter((pop) => pop.state === 'ringing').at(-1) ?? pops[0];
  return [newest, open].filter((pop, place, both): pop is Pop => !!pop && both.indexOf(pop) === place);
}

export function CallsNow({
  pops,
  open,
  choose,
}: {
  pops: Pop[];
  open: Pop | null;
  choose: (pop: Pop) => void;
}) {
  const { t } = useWords();
  const [all, setAll] = useState(false);
  const gathered = pops.length > SHOWN && !all;
  const shown = gathered ? inFront(pops, open) : pops;
  const rest = pops.length - shown.length;
  return (
    <section className={styles.now} aria-labelledby="calls-now">
      <h2 id="calls-now" className={styles.columnTitle}>
        {t('desk.calls_now')}
      </h2>
      {pops.length === 0 ? (
        <p className={styles.quiet}>{t('desk.no_calls')}</p>
      ) : (
        <ul>
          {shown.map((pop) => (
            <li key={pop.pop_id} {...dragOf(pop)}>
              <Tile pop={pop} open={pop.pop_id === open?.pop_id} choose={choose} />
            </li>
          ))}
        </ul>
      )}
      {pops.length > SHOWN && (
        <button type="button" className={styles.tray} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('desk.tray_less') : t('desk.tray', { count: rest })}
        </button>
      )}
    </section>
  );
}

function Tile({ pop, open, choose }: { pop: Pop; open: boolean; choose: (pop: Pop) => void }) {
  const { t } = useWords();
  useShown(pop);
  // Its height is that of a card which comes late, whether one comes or not.
  const [late] = useState(pop.sources.some((source) => source.status === 'pending'));
  const who = whoOf(t, pop);
  const route = routeWords(t, pop);
  return (
    <button
      type="button"
      className={styles.tile}
      data-state={pop.state}
      data-pop={pop.pop_id}
      data-late={late || undefined}
      aria-pressed={open}
      onClick={() => choose(pop)}
    >
      <StateLine pop={pop} />
      <span className={styles.tileName} data-number={!who.isName || undefined}>
        {who.title}
        {pop.mark === 'vip' && (
          <Pill kind="vip">
            <IconStarFilled size={11} aria-hidden="true" />
            {t('desk.mark.vip')}
          </Pill>
        )}
      </span>
      {who.organisation && <span className={styles.tileLine}>{who.organisation}</span>}
      {who.isName && who.number && (
        <span className={`${styles.tileLine} figures`}>{formatPhone(who.number)}</span>
      )}
      {!who.isName && !who.withheld && <span className={styles.tileLine}>{markWords(t, pop)}</span>}
      {route && <span className={styles.tileLine}>{route}</span>}
    </button>
  );
}
