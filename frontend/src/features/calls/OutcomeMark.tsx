import {
  IconArrowsLeftRight,
  IconBellRinging,
  IconPhoneCall,
  IconPhoneIncoming,
  IconPhoneOutgoing,
  IconPhoneX,
} from '@tabler/icons-react';

import { outcomeKind, type Ended } from './words';

/** Direction and outcome by shape; the words stand beside it. */
export function OutcomeMark({ call, size = 18 }: { call: Ended; size?: number }) {
  const kind = outcomeKind(call);
  const Icon =
    kind === 'live'
      ? IconPhoneCall
      : kind === 'ringing'
        ? IconBellRinging
        : kind === 'missed'
          ? IconPhoneX
          : call.direction === 'internal'
            ? IconArrowsLeftRight
            : call.direction === 'inbound'
              ? IconPhoneIncoming
              : IconPhoneOutgoing;
  return <Icon size={size} stroke={1.75} aria-hidden="true" style={{ flex: 'none' }} />;
}
