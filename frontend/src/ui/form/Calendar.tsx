/**
 * The browser's own calendar behind a button, for who would rather point at a day than type it. The field that it opens
 * speaks the browser's language, so nobody sees it: what was chosen is written in the language of the screen.
 */
import { ActionIcon } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { useRef } from 'react';

import { useWords } from '../../i18n';
import styles from './form.module.css';

interface Props {
  kind: 'date' | 'datetime-local';
  /** As the field has it: `2026-12-31`, with `T09:00` if there is a time; empty for none. */
  value: string;
  choose: (value: string) => void;
}

export function Calendar({ kind, value, choose }: Props) {
  const { t } = useWords();
  const field = useRef<HTMLInputElement>(null);
  return (
    <span className={styles.calendar}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t('when.calendar')}
        title={t('when.calendar')}
        onClick={() => {
          try {
            field.current?.showPicker();
          } catch {
            // An older browser, or one that lets no page open it: the field itself can be used all the same.
            field.current?.focus();
          }
        }}
      >
        <IconCalendar size={16} aria-hidden="true" />
      </ActionIcon>
      <input
        ref={field}
        type={kind}
        tabIndex={-1}
        aria-hidden="true"
        value={value}
        onChange={(event) => choose(event.currentTarget.value)}
      />
    </span>
  );
}
