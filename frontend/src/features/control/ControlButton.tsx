/** One service as a button: grey with the reason in words if it cannot be asked, turning while it is being done. */
import { Button, Tooltip } from '@mantine/core';
import { useId, type ComponentType } from 'react';

import type { Hindrance } from '../../api/types';
import { keyShortcuts, keyWords, type KeyName } from '../../app/keys';
import { useWords } from '../../i18n';
import { Key } from '../../ui/Words';
import styles from './control.module.css';

interface Props {
  label: string;
  Icon: ComponentType<{ size: number; stroke: number; 'aria-hidden': true }>;
  act: () => void;
  hindrance?: Hindrance | null;
  pending?: boolean;
  keyName?: KeyName;
  kind?: 'next' | 'plain' | 'hang_up';
  expanded?: boolean;
  secondary?: boolean;
}

export function ControlButton({
  label,
  Icon,
  act,
  hindrance = null,
  pending = false,
  keyName,
  kind = 'plain',
  expanded,
  secondary = false,
}: Props) {
  const { t } = useWords();
  const why = useId();
  const button = (
    <Button
      className={styles.control}
      variant={kind === 'next' && !hindrance ? 'filled' : 'default'}
      data-kind={kind}
      data-secondary={secondary || undefined}
      // Not `disabled`: who comes by keyboard must hear why not.
      aria-disabled={hindrance !== null || pending || undefined}
      data-off={hindrance !== null || undefined}
      aria-busy={pending || undefined}
      aria-describedby={hindrance ? why : undefined}
      aria-expanded={expanded}
      aria-keyshortcuts={keyName && keyShortcuts(keyName)}
      leftSection={<Icon size={18} stroke={2} aria-hidden />}
      rightSection={keyName && <Key>{keyWords(keyName)}</Key>}
      onClick={() => {
        if (!hindrance && !pending) act();
      }}
    >
      {label}
    </Button>
  );
  if (!hindrance) return button;
  const words = t(`control.hindrance.${hindrance}`);
  return (
    <span className={styles.held} data-secondary={secondary || undefined}>
      <Tooltip label={words} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
        {button}
      </Tooltip>
      <span id={why} className="for-readers">
        {words}
      </span>
    </span>
  );
}
