import {
  IconCircle,
  IconCircleDashed,
  IconCircleFilled,
  IconCircleHalf2,
  IconCircleMinus,
  IconCircleX,
  IconCornerUpRight,
  IconPhoneIncoming,
} from '@tabler/icons-react';

import type { DeviceState } from '../../api/types';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { forwardedTo } from './forwarded';
import { stateWords } from './words';

const ICONS = {
  idle: IconCircle,
  ringing: IconPhoneIncoming,
  busy: IconCircleFilled,
  held: IconCircleHalf2,
  do_not_disturb: IconCircleMinus,
  forwarded: IconCornerUpRight,
  unreachable: IconCircleX,
  unknown: IconCircleDashed,
} as const;

/** A terminal's state by shape; the word stands beside it. */
export function DeviceMark({ state, size = 16 }: { state: DeviceState; size?: number }) {
  const Icon = ICONS[state];
  return <Icon size={size} stroke={1.75} aria-hidden="true" />;
}

/** The state of a device by its name, in words. */
export function DeviceStateOf({ device }: { device: string }) {
  const { t } = useWords();
  const found = useLive((state) => Object.values(state.devices).find((each) => each.device === device));
  const to = useLive((state) => forwardedTo(state.devices, found));
  return (
    <>
      {t('people.phone', { device })}
      {found && `, ${stateWords(t, found.state, to)}`}
    </>
  );
}
