/**
 * The ringing call where the desk is not in sight: at the corner of other pages, and on a narrow screen as a sheet at
 * the bottom, in reach of the thumb.
 */
import { Button } from '@mantine/core';
import { IconStarFilled } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';

import type { Pop } from '../../api/types';
import { keyShortcuts, keyWords, useKeys } from '../../app/keys';
import { formatPhone } from '../../format/phone';
import { formatMoney } from '../../format/time';
import { useWords } from '../../i18n';
import { live, useLive, useShown } from '../../live/store';
import { Avatar } from '../../ui/Avatar';
import { Key, Pill } from '../../ui/Words';
import { whoOf } from '../calls/words';
import { CallPanel } from '../control/CallPanel';
import { StateLine } from './StateLine';
import styles from './desk.module.css';
import { usePops } from './pops';
import { markWords, newestFirst, routeWords } from './reason';
import { useCardInSight } from './sight';

export function PopDock({ onDesk }: { onDesk: boolean }) {
  const inSight = useCardInSight();
  const quiet = useLive((state) => state.preferences.pop_when === 'quiet');
  const ringing = usePops().filter((pop) => pop.state === 'ringing' && pop.pop_id !== inSight && !quiet);
  const first = ringing[0];
  if (!first) return null;
  return <Sheet key={first.pop_id} pop={first} more={ringing.length - 1} onDesk={onDesk} />;
}

function Sheet({ pop, more, onDesk }: { pop: Pop; more: number; onDesk: boolean }) {
  const { t, language } = useWords();
  const navigate = useNavigate();
  useShown(pop);
  const who = whoOf(t, pop);
  const order = newestFirst(pop.contact?.orders ?? [])[0];
  const open = (): void => {
    if (onDesk && pop.contact) {
      void navigate({ to: '/contacts/$contactId', params: { contactId: pop.contact.contact_id } });
      return;
    }
    void navigate({ to: '/', search: { pop: pop.pop_id } }).then(() =>
      document.getElementById('card-name')?.scrollIntoView({ block: 'center' }),
    );
  };
  // On the desk the card itself has these keys.
  useKeys(onDesk ? {} : { open, hide: () => live.hide(pop.pop_id) });
  return (
    <section className={styles.dock} data-dock data-on-desk={onDesk || undefined} aria-label={t('desk.dock')}>
      <div className={styles.dockState}>
        <StateLine pop={pop} />
        {more > 0 && <span>{t('desk.more_ringing', { count: more })}</span>}
      </div>
      <div className={styles.dockWho}>
        <Avatar
          name={who.isName ? who.title : null}
          withheld={who.withheld}
          square={pop.contact?.kind === 'organisation'}
          size={40}
        />
        <div>
          <h2 data-number={!who.isName || undefined}>
            {who.title}{' '}
            {pop.mark === 'vip' && (
              <Pill kind="vip">
                <IconStarFilled size={11} aria-hidden="true" />
                {t('desk.mark.vip')}
              </Pill>
            )}
          </h2>
          <p>
            {who.organisation ??
              (who.isName && who.number ? (
                <span className="figures">{formatPhone(who.number)}</span>
              ) : (
                markWords(t, pop)
              ))}
          </p>
        </div>
      </div>
      <p className={styles.dockWhy}>
        {[
          routeWords(t, pop),
          order && t('timeline.order', { number: order.number }),
          order?.status,
          order?.total && formatMoney(language, order.total, order.currency),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {/* On the desk the card itself has these keys. */}
      <CallPanel pop={pop} place="sheet" keys={!onDesk} />
      <div className={styles.dockActions}>
        <Button
          variant={pop.controls?.length ? 'default' : 'filled'}
          onClick={open}
          aria-keyshortcuts={keyShortcuts('open')}
          rightSection={<Key>{keyWords('open')}</Key>}
        >
          {t(pop.contact || pop.colleague ? 'desk.open_card' : 'desk.open_call')}
        </Button>
        <Button
          variant="default"
          onClick={() => live.hide(pop.pop_id)}
          aria-keyshortcuts={keyShortcuts('hide')}
          rightSection={<Key>{keyWords('hide')}</Key>}
        >
          {t('desk.hide')}
        </Button>
      </div>
    </section>
  );
}
