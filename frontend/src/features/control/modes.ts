/** The three ways a supervisor comes to a call. */
import { IconEar, IconMessage2, IconUsersGroup } from '@tabler/icons-react';

export const MODES = [
  { mode: 'silent', verb: 'listen', Icon: IconEar },
  { mode: 'coach', verb: 'whisper', Icon: IconMessage2 },
  { mode: 'active', verb: 'join_in', Icon: IconUsersGroup },
] as const;
