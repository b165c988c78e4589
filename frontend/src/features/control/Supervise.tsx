/** What can be done with a colleague's call: take it while it rings; listen, whisper or join while they talk. */
import { IconPhoneIncoming } from '@tabler/icons-react';

import type { CallRecord } from '../../api/types';
import { useMay } from '../../app/rights';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { ownDevice } from '../dial/dial';
import { isPending } from './asked';
import { AskLine } from './AskLine';
import { askService, useAsksOf } from './asking';
import styles from './control.module.css';
import { ControlButton } from './ControlButton';
import { MODES } from './modes';

export function Supervise({ call: known }: { call: CallRecord }) {
  const { t } = useWords();
  const { me } = useSession();
  const may = useMay();
  const asks = useAsksOf(known.call_id);
  const call = useLive((state) => state.calls[known.call_id]) ?? known;
  const device = ownDevice(me);
  if (call.ended_at !== null || device === null || !may('calls.make')) return null;
  const here = call.devices.filter((each) => each.left_at === null && !me.devices.includes(each.device));
  const ringing = here.find((each) => each.answered_at === null);
  const talking = here.find((each) => each.answered_at !== null);
  const nameOf = (phone: string): string => call.employees[phone] ?? t('people.phone', { device: phone });
  if (!ringing && !(talking && may('calls.monitor'))) return null;
  return (
    <div className={styles.supervise}>
      <div className={styles.controls} role="group" aria-label={t('control.colleague_call')}>
        {ringing && (
          <ControlButton
            label={t('control.verb.pick_up')}
            Icon={IconPhoneIncoming}
            kind="next"
            pending={isPending(asks('DirectedPickupCall'))}
            act={() =>
              askService(
                call.call_id,
                { service: 'DirectedPickupCall', device, to: ringing.device },
                nameOf(ringing.device),
              )
            }
          />
        )}
        {talking &&
          may('calls.monitor') &&
          MODES.map(({ mode, verb, Icon }) => (
            <ControlButton
              key={mode}
              label={t(`control.verb.${verb}`)}
              Icon={Icon}
              pending={isPending(asks('SingleStepConferenceCall', mode))}
              act={() =>
                askService(
                  call.call_id,
                  { service: 'SingleStepConferenceCall', device, to: talking.device, mode },
                  nameOf(talking.device),
                )
              }
            />
          ))}
      </div>
      {talking && may('calls.monitor') && <p className={styles.hint}>{t('control.monitored')}</p>}
      <AskLine callId={call.call_id} />
    </div>
  );
}
