/** One service as a small icon in a row, as `ControlButton`: grey with the reason in words if it cannot be asked. */
import { ActionIcon } from '@mantine/core';
import { useId, type ComponentType } from 'react';

import type { Hindrance } from '../../api/types';
import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';
import styles from './control.module.css';

interface Props {
  label: string;
  Icon: ComponentType<{ size: number; 'aria-hidden': true }>;
  act: () => void;
  hindrance: Hindrance | null;
  pending: boolean;
}

export function ServiceIcon({ label, Icon, act, hindrance, pending }: Props) {
  const { t } = useWords();
  const why = useId();
  const words = hindrance && t(`control.hindrance.${hindrance}`);
  return (
    <>
      <ActionIcon
        className={styles.icon}
        size="sm"
        variant="default"
        aria-label={label}
        title={words ? `${label}: ${words}` : label}
        // Not `disabled`: who comes by keyboard must hear why not.
        aria-disabled={words !== null || undefined}
        data-off={words !== null || undefined}
        aria-describedby={words ? why : undefined}
        loading={pending}
        onClick={() => (words ? toast(words) : act())}
      >
        <Icon size={16} aria-hidden />
      </ActionIcon>
      {words && (
        <span id={why} className="for-readers">
          {words}
        </span>
      )}
    </>
  );
}
