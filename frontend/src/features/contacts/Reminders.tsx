/** What somebody wants to be reminded of, with the card. */
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';

import { server } from '../../api/server';
import type { Contact, Reminder } from '../../api/types';
import { useWords } from '../../i18n';
import { When } from '../../ui/form/When';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import styles from './contacts.module.css';

export function Reminders({ contact }: { contact: Contact }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const id = useId();
  const [text, setText] = useState('');
  const [due, setDue] = useState<Date | null>(null);
  const key = ['contact', contact.contact_id, 'reminders'];
  const asked = useQuery({ queryKey: key, queryFn: () => server.remindersOf(contact.contact_id) });
  const settled = { onSettled: () => queries.invalidateQueries({ queryKey: key }) };
  const add = useMutation({
    mutationFn: ({ at, words }: { at: Date; words: string }) =>
      server.addReminder(contact.contact_id, at.toISOString(), words),
    // What was typed on meanwhile stays.
    onSuccess: (_, { words }) => setText((now) => (now.trim() === words ? '' : now)),
    ...settled,
  });
  const finish = useMutation({
    mutationFn: ({ reminder, done }: { reminder: Reminder; done: boolean }) =>
      server.finishReminder(contact.contact_id, reminder.reminder_id, done),
    onSuccess: (_, { reminder, done }) => {
      if (done)
        toast(t('card.reminder_done', { text: reminder.text }), () =>
          finish.mutateAsync({ reminder, done: false }),
        );
    },
    ...settled,
  });
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('card.reminders')}</h2>
      {asked.error && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      <ul className={styles.reminders}>
        {asked.data?.items.map((each) => (
          <li key={each.reminder_id} data-done={each.done_at !== null || undefined}>
            <Checkbox
              label={
                <>
                  {each.text}{' '}
                  <small>
                    <Moment at={each.due_at} /> · {each.employee}
                  </small>
                </>
              }
              checked={each.done_at !== null}
              onChange={(event) => finish.mutate({ reminder: each, done: event.currentTarget.checked })}
            />
          </li>
        ))}
      </ul>
      {(add.error ?? finish.error) && <ErrorTrouble error={add.error ?? finish.error} />}
      <form
        className={styles.reminderBox}
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() && due && !add.isPending) add.mutate({ at: due, words: text.trim() });
        }}
      >
        <TextInput
          aria-label={t('card.remind_of')}
          placeholder={t('card.remind_of')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <When aria-label={t('card.remind_at')} value={due} onChange={setDue} />
        <Button
          type="submit"
          variant="default"
          disabled={!text.trim() || !due || due <= new Date()}
          loading={add.isPending}
        >
          {t('card.remind')}
        </Button>
      </form>
    </section>
  );
}
