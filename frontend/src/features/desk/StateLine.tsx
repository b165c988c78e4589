/** What the call is doing now: a shape, a word, and how long. */
import {
  IconParking,
  IconPhoneCall,
  IconPhoneCheck,
  IconPhoneIncoming,
  IconPhoneOff,
  IconPhoneOutgoing,
  IconPhonePause,
  IconPhoneX,
} from '@tabler/icons-react';

import type { Pop } from '../../api/types';
import { formatDuration } from '../../format/time';
import { useWords } from '../../i18n';
import { Moment, Timer } from '../../ui/Moment';
import { useSlot } from '../control/parked';
import styles from './desk.module.css';

const ICONS = {
  ringing: IconPhoneIncoming,
  active: IconPhoneCall,
  held: IconPhonePause,
  answered_elsewhere: IconPhoneCheck,
  missed: IconPhoneX,
  ended: IconPhoneOff,
} as const;

function lasted(from: string | null, to: string | null): string | null {
  return from && to ? formatDuration((Date.parse(to) - Date.parse(from)) / 1000) : null;
}

export function StateLine({ pop }: { pop: Pop }) {
  const { t } = useWords();
  // Who calls is in the call from the first moment; until the other side answers nobody talks.
  const calling = pop.state === 'active' && pop.answered_at === null && pop.caller.device === pop.device;
  const slot = useSlot(pop);
  const Icon = slot !== null ? IconParking : calling ? IconPhoneOutgoing : ICONS[pop.state];
  return (
    <span className={styles.state} data-state={pop.state}>
      <Icon size={18} stroke={2} aria-hidden="true" />
      <StateWords pop={pop} calling={calling} slot={slot} />
      <span className={styles.stateTime}>
        {pop.state === 'ringing' && <Timer since={pop.ringing_at ?? pop.started_at} />}
        {(pop.state === 'active' || pop.state === 'held') && (
          <Timer since={pop.answered_at ?? pop.ringing_at ?? pop.started_at} />
        )}
        {pop.state === 'missed' && <Moment at={pop.ringing_at ?? pop.started_at} />}
        {pop.state === 'ended' && slot === null && lasted(pop.answered_at, pop.ended_at)}
      </span>
      <span className="for-readers">{t('desk.on_device', { device: pop.device })}</span>
    </span>
  );
}

function StateWords({ pop, calling, slot }: { pop: Pop; calling: boolean; slot: string | null }) {
  const { t } = useWords();
  if (slot !== null)
    return <span>{slot ? t('control.parked.at', { slot }) : t('control.parked.somewhere')}</span>;
  if (calling) return <span>{t('desk.state.calling')}</span>;
  if (pop.state === 'answered_elsewhere')
    return (
      <span>
        {pop.answered_by
          ? t('desk.answered_by', { name: pop.answered_by.name ?? pop.answered_by.device })
          : t('desk.state.answered_elsewhere')}
      </span>
    );
  return <span>{t(`desk.state.${pop.state}`)}</span>;
}
