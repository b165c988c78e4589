/** How long something lasts, in seconds; a minute and more also in words. */
import { NumberInput } from '@mantine/core';

import { formatSpan } from '../../format/time';
import { useWords } from '../../i18n';
import styles from './form.module.css';

interface Props {
  label: string;
  min?: number;
  disabled?: boolean;
  /** Empty while nothing is typed, or nothing readable. */
  value: number | '';
  onChange: (seconds: number | '') => void;
}

const A_MINUTE_S = 60;

export function Seconds({ label, min = 0, disabled, value, onChange }: Props) {
  const { t, language } = useWords();
  return (
    <NumberInput
      label={label}
      suffix={t('draft.seconds')}
      min={min}
      hideControls
      disabled={disabled}
      value={value}
      rightSectionWidth={104}
      rightSectionPointerEvents="none"
      rightSection={
        value !== '' && value >= A_MINUTE_S ? (
          <span className={styles.span}>{formatSpan(language, value)}</span>
        ) : null
      }
      onChange={(next) => onChange(typeof next === 'number' ? next : '')}
    />
  );
}
