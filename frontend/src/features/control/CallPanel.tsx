/**
 * What can be done with the call now. The server says what makes sense and what cannot be asked; here each is a button
 * and a key. A click is shown as pending until it is known what became of it.
 */
import {
  IconArrowForwardUp,
  IconArrowRight,
  IconDialpad,
  IconDots,
  IconParking,
  IconPhone,
  IconPhoneOff,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerRecord,
} from '@tabler/icons-react';
import { useState } from 'react';

import type { Pop } from '../../api/types';
import { useKeys, type KeyName } from '../../app/keys';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { toast } from '../../ui/toasts';
import { isPending } from './asked';
import { askOfPop, useAsksOf } from './asking';
import { AskLine } from './AskLine';
import { ControlButton } from './ControlButton';
import styles from './control.module.css';
import { openSheet } from './sheet';
import { controlOf } from './words';

interface Props {
  pop: Pop;
  /** `card`: with everything; `sheet`: what the thumb needs. */
  place: 'card' | 'sheet';
  /** Whether the keys are this panel's. */
  keys: boolean;
}

export function CallPanel({ pop, place, keys }: Props) {
  const { t } = useWords();
  const asks = useAsksOf(pop.call_id);
  const [more, setMore] = useState(false);
  const { controls } = pop;
  const ringing = pop.state === 'ringing';
  const answer = controlOf(controls, 'AnswerCall');
  const hold = controlOf(controls, 'HoldCall');
  const retrieve = controlOf(controls, 'RetrieveCall');
  const deflect = controlOf(controls, 'DeflectCall');
  const digits = controlOf(controls, 'GenerateDigits');
  const park = controlOf(controls, 'ParkCall');
  const hangUp = controlOf(controls, 'ClearConnection');
  const handOver = ringing ? deflect : controlOf(controls, 'ConsultationCall', 'SingleStepTransferCall');
  /** A key that cannot do it says why not, as the button does. */
  const key = (
    name: KeyName,
    control: typeof answer,
    act: () => void,
  ): Partial<Record<KeyName, () => void>> => {
    if (!control) return {};
    const { hindrance } = control;
    return { [name]: hindrance ? () => toast(t(`control.hindrance.${hindrance}`)) : act };
  };

  const doAnswer = (): void => askOfPop(pop, { service: 'AnswerCall' });
  const doHold = (): void => askOfPop(pop, { service: retrieve ? 'RetrieveCall' : 'HoldCall' });
  // Asking first has a panel and keys of its own.
  const asking = Boolean(pop.consultation);
  useKeys(
    keys && !asking
      ? {
          ...key('answer', answer, doAnswer),
          ...key('hand_over', handOver, () => openSheet({ kind: 'hand_over', pop })),
          ...key('deflect', ringing ? deflect : undefined, () => openSheet({ kind: 'deflect', pop })),
          ...key('hold', retrieve ?? hold, doHold),
          ...key('keypad', digits, () => openSheet({ kind: 'keypad', pop })),
        }
      : {},
  );
  if (asking || !controls || controls.length === 0) return null;
  const secondary = [
    digits && (
      <ControlButton
        key="keypad"
        secondary
        label={t('control.verb.keypad')}
        Icon={IconDialpad}
        keyName="keypad"
        hindrance={digits.hindrance}
        act={() => openSheet({ kind: 'keypad', pop })}
      />
    ),
    park && (
      <ControlButton
        key="park"
        secondary
        label={t('control.verb.park')}
        Icon={IconParking}
        hindrance={park.hindrance}
        pending={isPending(asks('ParkCall'))}
        act={() => askOfPop(pop, { service: 'ParkCall' })}
      />
    ),
  ].filter(Boolean);
  return (
    <div
      className={styles.panel}
      data-call-panel
      data-place={place}
      data-state={pop.state}
      data-more={more || undefined}
    >
      <div className={styles.controls} role="group" aria-label={t('control.label')}>
        {answer && (
          <ControlButton
            label={t('control.verb.answer')}
            Icon={IconPhone}
            kind="next"
            keyName="answer"
            hindrance={answer.hindrance}
            pending={isPending(asks('AnswerCall'))}
            act={doAnswer}
          />
        )}
        {(retrieve ?? hold) && (
          <ControlButton
            label={t(retrieve ? 'control.verb.retrieve' : 'control.verb.hold')}
            Icon={retrieve ? IconPlayerPlay : IconPlayerPause}
            kind={retrieve ? 'next' : 'plain'}
            keyName="hold"
            hindrance={(retrieve ?? hold)?.hindrance ?? null}
            pending={isPending(asks('HoldCall')) || isPending(asks('RetrieveCall'))}
            act={doHold}
          />
        )}
        {handOver && (
          <ControlButton
            label={t('control.verb.hand_over')}
            Icon={IconArrowForwardUp}
            keyName="hand_over"
            hindrance={handOver.hindrance}
            act={() => openSheet({ kind: 'hand_over', pop })}
          />
        )}
        {ringing && deflect && (
          <ControlButton
            label={t('control.verb.deflect')}
            Icon={IconArrowRight}
            keyName="deflect"
            hindrance={deflect.hindrance}
            pending={isPending(asks('DeflectCall'))}
            act={() => openSheet({ kind: 'deflect', pop })}
          />
        )}
        {secondary}
        {hangUp && (
          <ControlButton
            label={t(ringing ? 'control.verb.decline' : 'control.verb.hang_up')}
            Icon={IconPhoneOff}
            kind="hang_up"
            hindrance={hangUp.hindrance}
            pending={isPending(asks('ClearConnection'))}
            act={() => askOfPop(pop, { service: 'ClearConnection' })}
          />
        )}
        {secondary.length > 0 && (
          <button
            type="button"
            className={styles.more}
            aria-expanded={more}
            aria-label={t('control.more')}
            onClick={() => setMore(!more)}
          >
            <IconDots size={20} aria-hidden="true" />
          </button>
        )}
        <RecordMark pop={pop} />
      </div>
      <AskLine callId={pop.call_id} />
    </div>
  );
}

/** Whether the call is being recorded, where the PBX tells. */
function RecordMark({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const recorded = useLive((state) => (state.calls[pop.call_id]?.recordings.length ?? 0) > 0);
  if (!recorded || pop.ended_at !== null) return null;
  return (
    <span className={styles.recorded}>
      <IconPlayerRecord size={16} aria-hidden="true" />
      {t('control.recorded')}
    </span>
  );
}
