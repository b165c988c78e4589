/** What a line of the panel lets one do with a colleague's call: take it while it rings; listen, whisper, join while they talk; greyed where the phone system cannot. */
import { IconPhoneIncoming } from '@tabler/icons-react';

import type { DeviceState } from '../../api/types';
import { useMay } from '../../app/rights';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { isPending } from '../control/asked';
import { askService, pickUp, useAsksOf } from '../control/asking';
import { useCannot } from '../control/cannot';
import { MODES } from '../control/modes';
import { ServiceIcon } from '../control/ServiceIcon';
import { ownDevice } from '../dial/dial';
import { talkingAt } from './colleagues';
import styles from './people.module.css';

interface Props {
  device: string;
  pbx: string;
  state: DeviceState;
  name: string;
}

export function RowActions(props: Props) {
  const { me } = useSession();
  const may = useMay();
  const own = ownDevice(me);
  if (own === null || !may('calls.make') || me.devices.includes(props.device)) return null;
  if (props.state === 'ringing') return <PickUp {...props} own={own} />;
  if ((props.state === 'busy' || props.state === 'held') && may('calls.monitor'))
    return <Monitor {...props} own={own} />;
  return null;
}

function PickUp({ device, pbx, name, own }: Props & { own: string }) {
  const { t } = useWords();
  const pending = isPending(useAsksOf(`at ${device}`)('DirectedPickupCall'));
  return (
    <ServiceIcon
      label={t('people.pick_up', { name })}
      Icon={IconPhoneIncoming}
      hindrance={useCannot(pbx, 'DirectedPickupCall')}
      pending={pending}
      act={() => pickUp(device, own, name)}
    />
  );
}

function Monitor({ device, pbx, name, own }: Props & { own: string }) {
  const { t } = useWords();
  // Whose calls one may not see, those one cannot ask to hear.
  const callId = useLive((live) => talkingAt(live.calls).get(device) ?? null);
  const asks = useAsksOf(callId ?? '');
  const cannot = useCannot(pbx, 'SingleStepConferenceCall');
  if (callId === null) return null;
  return (
    <span className={styles.acts} role="group" aria-label={t('people.call_of', { name })}>
      {MODES.map(({ mode, verb, Icon }) => (
        <ServiceIcon
          key={mode}
          label={t(`people.${verb}`, { name })}
          Icon={Icon}
          hindrance={cannot}
          pending={isPending(asks('SingleStepConferenceCall', mode))}
          act={() =>
            askService(callId, { service: 'SingleStepConferenceCall', device: own, to: device, mode }, name)
          }
        />
      ))}
    </span>
  );
}
