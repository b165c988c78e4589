/** What the steps share: the row of buttons under each, and what they are told. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';

import { useWords } from '../../i18n';
import styles from './setup.module.css';

export const SETUP = ['setup'];
export const PBX_SETTINGS = ['settings', 'pbxs'];

export type StepName = 'pbx' | 'people' | 'numbers' | 'contacts' | 'trial';

export interface StepProps {
  /** It is done: on to the next. */
  next: () => void;
  skip: () => void;
  moving: boolean;
}

interface OnwardsProps extends Omit<StepProps, 'next'> {
  /** What the main button says, and does; without it there is only skipping. */
  words?: ReactNode;
  onClick?: () => void;
  busy?: boolean;
  disabled?: boolean;
  /** The step has nothing to skip. */
  certain?: boolean;
}

export function Onwards({
  words,
  onClick,
  busy = false,
  disabled = false,
  skip,
  moving,
  certain,
}: OnwardsProps) {
  const { t } = useWords();
  return (
    <div className={styles.onwards}>
      {words && (
        <Button size="md" onClick={onClick} loading={busy || moving} disabled={disabled}>
          {words}
        </Button>
      )}
      {!certain && (
        <Button size="md" variant="subtle" onClick={skip} disabled={busy || moving}>
          {t('setup.skip')}
        </Button>
      )}
    </div>
  );
}
