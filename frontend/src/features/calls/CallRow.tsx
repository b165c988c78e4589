/** One call in a line: outcome by shape and word, who, when, and calling back. */
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconPhoneOutgoing } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

import type { CallRecord } from '../../api/types';
import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { Pill } from '../../ui/Words';
import { useDial } from '../dial/dial';
import { DialNumber } from '../dial/DialNumber';
import styles from './calls.module.css';
import { OutcomeMark } from './OutcomeMark';
import { peopleOf, otherParty, outcomeKind, outcomeWords, partyNumber, partyWords } from './words';

interface Props {
  call: CallRecord;
  ours: string[];
  /** On the contact's own page the other side is known: say who of ours talked. */
  ofContact?: boolean;
}

export function CallRow({ call, ours, ofContact = false }: Props) {
  const { t } = useWords();
  const { me } = useSession();
  const dial = useDial();
  const party = otherParty(call, ours);
  const number = partyNumber(party);
  const name = call.contact?.name ?? (party.device && call.employees[party.device]) ?? partyWords(t, party);
  return (
    <li className={styles.row} data-kind={outcomeKind(call)}>
      <OutcomeMark call={call} />
      <span className={styles.rowWho}>
        <Link to="/calls" search={{ call: call.call_id }}>
          {ofContact ? t(`timeline.call.${call.direction}`) : name}
        </Link>
        {ofContact && <small>{peopleOf(t, call)}</small>}
        {!ofContact && call.contact && number && (
          <small>
            <DialNumber number={number} by={{ call_id: call.call_id }} />
          </small>
        )}
      </span>
      <span className={`${styles.rowOutcome} figures`}>
        {call.source === 'imported' && <Pill>{t('calls.imported')}</Pill>} {outcomeWords(t, call)}
      </span>
      <span className={styles.rowWhen}>
        <Moment at={call.started_at} />
      </span>
      {me.devices.length === 0 ? null : number ? (
        <Tooltip label={t('calls.call', { number: formatPhone(number) })} openDelay={400}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('calls.call', { number: formatPhone(number) })}
            onClick={() => dial(number, { call_id: call.call_id })}
          >
            <IconPhoneOutgoing size={16} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      ) : (
        <span />
      )}
    </li>
  );
}
