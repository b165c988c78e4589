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
  /** `unread`: what is written there if it cannot be read. */
  onChange: (when: Date | null, unread: string) => void;
  /** Was written there before, and not read. */
  unread?: string;
  /** Somebody wants to go on: what is wrong is said at once, not only when the field is left. */
  asked?: boolean;
}

export function When({ value, onChange, unread = '', asked = false, ...input }: Props) {
  const { t, language } = useWords();
  /** What is being typed; null: `value` says it. */
  const [typed, setTyped] = useState<string | null>(unread || null);
  const [left, setLeft] = useState(unread !== '');
  const isUnread = typed !== null && typed.trim() !== '' && value === null;
  const isPast = value !== null && value <= new Date();
  return (
    <TextInput
      {...input}
      className={input.className}
      inputMode="numeric"
      autoComplete="off"
      placeholder={t('when.form')}
      value={value !== null && (left || typed === null) ? writtenWhen(value, language) : (typed ?? '')}
      error={(left || asked) && ((isUnread && t('when.unread')) || (isPast && t('when.past')))}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setLeft(false);
        setTyped(text);
        const read = readWhen(text, new Date());
        onChange(read, read ? '' : text.trim());
      }}
      onBlur={() => setLeft(true)}
      rightSection={
        <Calendar
          kind="datetime-local"
          value={value === null ? '' : fieldOf(value)}
          choose={(chosen) => {
            setLeft(true);
            setTyped(null);
            onChange(chosen === '' ? null : new Date(chosen), '');
          }}
        />
      }
    />
  );
}
