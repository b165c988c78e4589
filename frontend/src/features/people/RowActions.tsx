/** What a line of the panel lets one do with a colleague's call: take it while it rings; listen, whisper, join while they talk. */
import { ActionIcon } from '@mantine/core';
import { IconPhoneIncoming } from '@tabler/icons-react';

import type { DeviceState } from '../../api/types';
import { useMay } from '../../app/rights';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { isPending } from '../control/asked';
import { askService, pickUp, useAsksOf } from '../control/asking';
import { MODES } from '../control/modes';
import { ownDevice } from '../dial/dial';
import { talkingAt } from './colleagues';
import styles from './people.module.css';

interface Props {
  device: string;
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

function PickUp({ device, name, own }: Props & { own: string }) {
  const { t } = useWords();
  const pending = isPending(useAsksOf(`at ${device}`)('DirectedPickupCall'));
  const words = t('people.pick_up', { name });
  return (
    <ActionIcon
      size="sm"
      variant="default"
      aria-label={words}
      title={words}
      loading={pending}
      onClick={() => pickUp(device, own, name)}
    >
      <IconPhoneIncoming size={16} aria-hidden="true" />
    </ActionIcon>
  );
}

function Monitor({ device, name, own }: Props & { own: string }) {
  const { t } = useWords();
  // Whose calls one may not see, those one cannot ask to hear.
  const callId = useLive((live) => talkingAt(live.calls).get(device) ?? null);
  const asks = useAsksOf(callId ?? '');
  if (callId === null) return null;
  return (
    <span className={styles.acts} role="group" aria-label={t('people.call_of', { name })}>
      {MODES.map(({ mode, verb, Icon }) => (
        <ActionIcon
          key={mode}
          size="sm"
          variant="default"
          aria-label={t(`people.${verb}`, { name })}
          title={t(`people.${verb}`, { name })}
          loading={isPending(asks('SingleStepConferenceCall', mode))}
          onClick={() =>
            askService(callId, { service: 'SingleStepConferenceCall', device: own, to: device, mode }, name)
          }
        >
          <Icon size={16} aria-hidden="true" />
        </ActionIcon>
      ))}
    </span>
  );
}
