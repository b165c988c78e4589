/** Somebody a call can go to, in a line: who, whether they can be reached now, and whether they know the customer. */
import { IconPhoneOutgoing, IconUsersGroup, IconRecordMail } from '@tabler/icons-react';

import { formatPhone } from '../../format/phone';
import { useWords, type Words } from '../../i18n';
import { Moment } from '../../ui/Moment';
import styles from '../control/handling.module.css';
import { DeviceMark } from '../people/DeviceMark';
import { presenceWords } from '../people/words';
import { blockedOf, type Choice } from './targets';

export function nameOf(t: Words, choice: Choice): string {
  switch (choice.kind) {
    case 'person':
      return choice.colleague.name ?? t('people.phone', { device: choice.dial });
    case 'queue':
      return t('desk.from_queue', { queue: choice.queue.name ?? choice.queue.queue });
    case 'number':
      return formatPhone(choice.number);
    case 'voicemail':
      return t('handling.voicemail');
  }
}

interface Props {
  id: string;
  choice: Choice;
  talkedAt: string | null;
  active: boolean;
  point: () => void;
  take: () => void;
}

export function ChoiceLine({ id, choice, talkedAt, active, point, take }: Props) {
  const { t } = useWords();
  const person = choice.kind === 'person' ? choice.colleague : null;
  const known = person && [person.team, ...person.skills].filter(Boolean).join(' · ');
  const blocked = blockedOf(choice);
  return (
    <div
      id={id}
      role="option"
      aria-selected={active}
      aria-disabled={blocked !== null || undefined}
      className={styles.choice}
      data-quiet={
        blocked !== null || person?.state === 'unreachable' || person?.state === 'unknown' || undefined
      }
      onPointerMove={point}
      // The focus stays in the field.
      onPointerDown={(event) => event.preventDefault()}
      onClick={take}
    >
      {choice.kind === 'person' ? (
        <DeviceMark state={choice.colleague.state} size={18} />
      ) : choice.kind === 'queue' ? (
        <IconUsersGroup size={18} stroke={1.75} aria-hidden="true" />
      ) : choice.kind === 'voicemail' ? (
        <IconRecordMail size={18} stroke={1.75} aria-hidden="true" />
      ) : (
        <IconPhoneOutgoing size={18} stroke={1.75} aria-hidden="true" />
      )}
      <span className={styles.choiceName}>
        {nameOf(t, choice)}
        {blocked && <small>{t(`errors.reasons.${blocked}`)}</small>}
        {(talkedAt ?? known) && (
          <small>
            {talkedAt ? (
              <>
                {t('handling.talked_last')} <Moment at={talkedAt} />
              </>
            ) : (
              known
            )}
          </small>
        )}
      </span>
      <span className={styles.choiceAside}>
        {person && (
          <>
            <span>
              {[presenceWords(t, person.presence), t(`people.state.${person.state}`)]
                .filter(Boolean)
                .join(' · ')}
            </span>
            <small className="figures">{choice.dial}</small>
          </>
        )}
        {choice.kind === 'queue' && !blocked && (
          <span>
            {choice.queue.waiting.length > 0
              ? t('presence.waiting', { count: choice.queue.waiting.length })
              : t('presence.nobody_waits')}
          </span>
        )}
      </span>
    </div>
  );
}
