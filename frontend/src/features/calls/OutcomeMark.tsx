import {
  IconArrowsLeftRight,
  IconPhoneCall,
  IconPhoneIncoming,
  IconPhoneOutgoing,
  IconPhoneX,
} from '@tabler/icons-react';

import type { CallSummary } from '../../api/types';
import { outcomeKind } from './words';

/** Direction and outcome by shape; the words stand beside it. */
export function OutcomeMark({
  call,
  size = 18,
}: {
  call: Pick<CallSummary, 'direction' | 'disposition'> & { ended_at?: string | null };
  size?: number;
}) {
  const kind = outcomeKind(call);
  const Icon =
    kind === 'live'
      ? IconPhoneCall
      : kind === 'missed'
        ? IconPhoneX
        : call.direction === 'internal'
          ? IconArrowsLeftRight
          : call.direction === 'inbound'
            ? IconPhoneIncoming
            : IconPhoneOutgoing;
  return <Icon size={size} stroke={1.75} aria-hidden="true" style={{ flex: 'none' }} />;
}
