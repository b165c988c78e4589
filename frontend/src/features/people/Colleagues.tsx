/** Who of the colleagues can be reached now. A call dropped on one is handed over. */
import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconArrowForwardUp, IconPhoneIncoming, IconSearch } from '@tabler/icons-react';
import { memo, useState } from 'react';

import type { Pop } from '../../api/types';

import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { toast } from '../../ui/toasts';
import { isPending } from '../control/asked';
import { pickUp, useAsksOf } from '../control/asking';
import { useCannot } from '../control/cannot';
import { canHandOver, dropOn, useDragged } from '../control/drag';
import { openSheet } from '../control/sheet';
import { ownDevice, useCanDial } from '../dial/dial';
import desk from '../desk/desk.module.css';
import { stateOf } from './colleagues';
import { DeviceMark } from './DeviceMark';
import { forwardedTo } from './forwarded';
import { seatMatches } from './lines';
import styles from './people.module.css';
import { rosterOf, type Seat } from './roster';
import { presenceWords, stateWords } from './words';

const SHOWN = 40;

/** `pop` is the call whose card is open: what a colleague can be handed. */
export function Colleagues({ pop }: { pop: Pop | null }) {
  const { t } = useWords();
  const { me } = useSession();
  const canDial = useCanDial();
  const own = canDial ? ownDevice(me) : null;
  const inHand = pop && canHandOver(pop) ? pop : null;
  const roster = useLive(rosterOf);
  const dragged = useDragged();
  const [text, setText] = useState('');
  const others = roster.filter((seat) => !seat.phones.some((phone) => me.devices.includes(phone)));
  const found = others.filter((seat) => seatMatches(seat, text));
  return (
    <section
      aria-labelledby="colleagues"
      tabIndex={0}
      className={desk.colleagues}
      data-dropping={dragged !== null || undefined}
    >
      <h2 id="colleagues" className={desk.columnTitle}>
        {dragged ? t('people.drop_here') : t('people.colleagues')}
      </h2>
      {others.length > 8 && (
        <TextInput
          type="search"
          aria-label={t('people.search')}
          placeholder={t('people.search')}
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {others.length === 0 && <p className={desk.quiet}>{t('people.none')}</p>}
      {others.length > 0 && found.length === 0 && (
        <p className={desk.quiet}>{t('people.nobody', { text })}</p>
      )}
      <ul className={styles.list}>
        {found.slice(0, SHOWN).map((seat) => (
          <Person key={seat.key} seat={seat} dropping={dragged !== null} own={own} inHand={inHand} />
        ))}
      </ul>
      {found.length > SHOWN && (
        <p className={desk.quiet}>{t('people.more', { count: found.length - SHOWN })}</p>
      )}
    </section>
  );
}

interface PersonProps {
  seat: Seat;
  dropping: boolean;
  /** One's own phone, to pick up with. */
  own: string | null;
  inHand: Pop | null;
}

const Person = memo(function Person({ seat, dropping, own, inHand }: PersonProps) {
  const { t } = useWords();
  const [over, setOver] = useState(false);
  const state = useLive((live) => stateOf(seat.devices.flatMap((key) => live.devices[key] ?? [])));
  const presence = useLive((live) => (seat.employeeId ? live.presence[seat.employeeId] : undefined));
  const name = seat.name ?? t('people.phone', { device: seat.phones[0] ?? '' });
  const away = presenceWords(t, presence);
  const rings = useLive(
    (live) => seat.phones[seat.devices.findIndex((key) => live.devices[key]?.state === 'ringing')],
  );
  const pbx = useLive((live) => live.devices[seat.devices[0] ?? '']?.pbx ?? '');
  const cannot = useCannot(pbx, 'DirectedPickupCall');
  const to = useLive((live) => {
    const key = seat.devices.find((each) => live.devices[each]?.state === 'forwarded');
    return state === 'forwarded' ? forwardedTo(live.devices, live.devices[key ?? '']) : null;
  });
  const states = [away, stateWords(t, state, to)].filter(Boolean).join(' · ');
  // Of somebody who is not here a free phone is no news; its mark tells it anyhow.
  const short = state === 'idle' && presence?.state === 'offline' ? away : states;
  const ask = useAsksOf(`at ${rings ?? ''}`)('DirectedPickupCall');
  const canPickUp = own !== null && rings !== undefined && inHand === null;
  const target = seat.employeeId ? { employee_id: seat.employeeId } : { device: seat.phones[0] ?? '' };
  return (
    <li
      className={styles.person}
      data-state={state}
      data-quiet={state === 'unreachable' || state === 'unknown' || undefined}
      data-over={(dropping && over) || undefined}
      {...(dropping
        ? {
            onDragOver: (event) => {
              event.preventDefault();
              setOver(true);
            },
            onDragLeave: () => setOver(false),
            onDrop: (event) => {
              event.preventDefault();
              setOver(false);
              dropOn(target, name);
            },
          }
        : {})}
    >
      <DeviceMark state={state} />
      <span className={styles.name}>
        {name}
        {seat.name && <small className="figures">{seat.phones.join(', ')}</small>}
      </span>
      <span className={canPickUp ? 'for-readers' : styles.state} title={states}>
        {short}
      </span>
      {canPickUp && (
        <Button
          size="compact-xs"
          variant="default"
          className={styles.act}
          leftSection={<IconPhoneIncoming size={14} aria-hidden="true" />}
          aria-label={t('people.pick_up', { name })}
          title={cannot ? t(`control.hindrance.${cannot}`) : undefined}
          aria-disabled={cannot !== null || isPending(ask) || undefined}
          data-off={cannot !== null || undefined}
          onClick={() => (cannot ? toast(t(`control.hindrance.${cannot}`)) : pickUp(rings, own, name))}
        >
          {t('control.verb.pick_up')}
        </Button>
      )}
      {inHand && (
        <ActionIcon
          size="sm"
          variant="default"
          className={styles.act}
          data-seldom
          aria-label={t('people.hand_over_to', { name })}
          title={t('people.hand_over_to', { name })}
          onClick={() => openSheet({ kind: 'hand_over', pop: inHand, to: { target, name } })}
        >
          <IconArrowForwardUp size={16} aria-hidden="true" />
        </ActionIcon>
      )}
    </li>
  );
});
