/** A day in the language of the screen, typed or chosen from a calendar. */
import { TextInput, type TextInputProps } from '@mantine/core';
import { useState } from 'react';

import { readDay, writtenDay } from '../../format/when';
import { useWords } from '../../i18n';
import { Calendar } from './Calendar';

interface Props extends Omit<TextInputProps, 'value' | 'onChange' | 'placeholder'> {
  /** `2026-12-31`; what is typed as long as it is no day, so that nothing is lost and the server can refuse it. */
  value: string;
  onChange: (day: string) => void;
}

export function Day({ value, onChange, error, ...input }: Props) {
  const { t, language } = useWords();
  /** What is being typed; null: `value` says it. */
  const [typed, setTyped] = useState<string | null>(null);
  const day = readDay(value, new Date());
  const isUnread = typed === null && value.trim() !== '' && day === null;
  return (
    <TextInput
      {...input}
      inputMode="numeric"
      autoComplete="off"
      placeholder={t('when.day_form')}
      value={typed ?? (day === null ? value : writtenDay(day, language))}
      error={error ?? (isUnread && t('when.day_unread'))}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        onChange(readDay(text, new Date()) ?? text.trim());
      }}
      onBlur={() => setTyped(null)}
      rightSection={
        <Calendar
          kind="date"
          value={day ?? ''}
          choose={(chosen) => {
            setTyped(null);
            onChange(chosen);
          }}
        />
      }
    />
  );
}
