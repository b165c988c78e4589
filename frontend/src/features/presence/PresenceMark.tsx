import { IconCircleCheck, IconNotes, IconPhoneCall, IconPlayerPause, IconPower } from '@tabler/icons-react';

import type { Presence } from '../../api/types';

const ICONS = {
  ready: IconCircleCheck,
  not_ready: IconPlayerPause,
  busy: IconPhoneCall,
  after_call: IconNotes,
  offline: IconPower,
} as const satisfies Record<Presence['state'], unknown>;

/** A person's state by shape; the word stands beside it. */
export function PresenceMark({ state, size = 18 }: { state: Presence['state']; size?: number }) {
  const Icon = ICONS[state];
  return <Icon size={size} stroke={1.75} aria-hidden="true" />;
}
