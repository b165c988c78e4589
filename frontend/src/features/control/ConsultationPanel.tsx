/** A colleague is asked first: both parties are seen, who hears whom, and the four ways on. */
import {
  IconArrowBackUp,
  IconArrowsLeftRight,
  IconCheck,
  IconPhoneOff,
  IconUsersGroup,
} from '@tabler/icons-react';

import type { ConsultationState, Pop } from '../../api/types';
import { useKeys } from '../../app/keys';
import { formatPhone } from '../../format/phone';
import { useWords, type Words } from '../../i18n';
import { Avatar } from '../../ui/Avatar';
import { Timer } from '../../ui/Moment';
import { whoOf } from '../calls/words';
import { isPending } from './asked';
import { askOfPop, useAsksOf } from './asking';
import { AskLine } from './AskLine';
import { ControlButton } from './ControlButton';
import styles from './control.module.css';
import { controlOf } from './words';

const WAYS = [
  { service: 'TransferCall', verb: 'complete', Icon: IconCheck, kind: 'next' },
  { service: 'AlternateCall', verb: 'alternate', Icon: IconArrowsLeftRight, kind: 'plain' },
  { service: 'ConferenceCall', verb: 'join', Icon: IconUsersGroup, kind: 'plain' },
  { service: 'ReconnectCall', verb: 'take_back', Icon: IconArrowBackUp, kind: 'plain' },
] as const;

export function consultedName(t: Words, consultation: ConsultationState): string {
  return (
    consultation.name ??
    (consultation.device
      ? t('people.phone', { device: consultation.device })
      : formatPhone(consultation.number ?? consultation.to))
  );
}

export function ConsultationPanel({ pop, consultation }: { pop: Pop; consultation: ConsultationState }) {
  const { t } = useWords();
  const asks = useAsksOf(pop.call_id);
  const customer = whoOf(t, pop).title;
  const colleague = consultedName(t, consultation);
  const ways = WAYS.flatMap((way) => {
    const control = controlOf(pop.controls, way.service);
    return control ? [{ ...way, hindrance: control.hindrance }] : [];
  });
  const ask = (service: (typeof WAYS)[number]['service']): void => askOfPop(pop, { service }, colleague);
  useKeys(
    Object.fromEntries(
      ways.flatMap(({ service, verb, hindrance }) => (hindrance ? [] : [[verb, () => ask(service)]])),
    ),
  );
  const hangUp = controlOf(pop.controls, 'ClearConnection');
  const withColleague = consultation.state === 'talking';
  return (
    <section className={styles.consultation} aria-label={t('control.consultation.label')}>
      <div className={styles.parties}>
        <Party
          name={customer}
          heard={consultation.state === 'on_hold'}
          state={t(
            consultation.state === 'on_hold'
              ? 'control.consultation.with_you'
              : 'control.consultation.waits_on_hold',
          )}
        />
        <IconArrowsLeftRight className={styles.between} size={20} aria-hidden="true" />
        <Party
          name={colleague}
          heard={withColleague}
          since={consultation.since}
          state={t(`control.consultation.${consultation.state}`)}
        />
      </div>
      <div className={styles.controls} role="group" aria-label={t('control.consultation.ways')}>
        {ways.map(({ service, verb, Icon, kind, hindrance }) => (
          <ControlButton
            key={service}
            label={t(`control.verb.${verb}`)}
            Icon={Icon}
            kind={kind}
            keyName={verb}
            hindrance={hindrance}
            pending={isPending(asks(service))}
            act={() => ask(service)}
          />
        ))}
        {hangUp && (
          <ControlButton
            label={t('control.verb.hang_up')}
            Icon={IconPhoneOff}
            kind="hang_up"
            hindrance={hangUp.hindrance}
            pending={isPending(asks('ClearConnection'))}
            act={() => askOfPop(pop, { service: 'ClearConnection' })}
          />
        )}
      </div>
      <AskLine callId={pop.call_id} />
    </section>
  );
}

function Party({
  name,
  state,
  heard,
  since,
}: {
  name: string;
  state: string;
  heard: boolean;
  since?: string;
}) {
  return (
    <div className={styles.party} data-heard={heard || undefined}>
      <Avatar name={name} size={32} />
      <div>
        <strong>{name}</strong>
        <span>
          {state} {since && <Timer since={since} />}
        </span>
      </div>
    </div>
  );
}
