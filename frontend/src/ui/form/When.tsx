/**
 * A day and a time in the language of the screen, typed or chosen from a calendar; once left it says the weekday, to be
 * sure.
 */
import { TextInput, type TextInputProps } from '@mantine/core';
import { useState } from 'react';

import { fieldOf, readWhen, writtenWhen } from '../../format/when';
import { useWords } from '../../i18n';
import { Calendar } from './Calendar';

interface Props extends Omit<TextInputProps, 'value' | 'onChange' | 'error' | 'placeholder'> {
  /** Null while nothing that can be read is there. */
  value: Date | null;
  onChange: (when: Date | null) => void;
}

export function When({ value, onChange, ...input }: Props) {
  const { t, language } = useWords();
  /** What is being typed; null: `value` says it. */
  const [typed, setTyped] = useState<string | null>(null);
  const [left, setLeft] = useState(false);
  const isUnread = left && typed !== null && typed.trim() !== '' && value === null;
  return (
    <TextInput
      {...input}
      className={input.className}
      inputMode="numeric"
      autoComplete="off"
      placeholder={t('when.form')}
      value={value !== null && (left || typed === null) ? writtenWhen(value, language) : (typed ?? '')}
      error={isUnread && t('when.unread')}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setLeft(false);
        setTyped(text);
        onChange(readWhen(text, new Date()));
      }}
      onBlur={() => setLeft(true)}
      rightSection={
        <Calendar
          kind="datetime-local"
          value={value === null ? '' : fieldOf(value)}
          choose={(chosen) => {
            setLeft(true);
            setTyped(null);
            onChange(chosen === '' ? null : new Date(chosen));
          }}
        />
      }
    />
  );
}
