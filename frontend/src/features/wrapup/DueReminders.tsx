/** What somebody wanted to be reminded of and is due now: with the card, and a click calls back. */
import { Button } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';

import { server } from '../../api/server';
import type { DueReminder } from '../../api/types';
import { errorWords } from '../../app/errors';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toasts';
import { useCanDial, useDial } from '../dial/dial';
import styles from './reminders.module.css';

const SHOWN = 3;

export function useDueReminders(): DueReminder[] {
  const reminders = useLive((state) => state.reminders);
  return useMemo(
    () => Object.values(reminders).sort((a, b) => a.due_at.localeCompare(b.due_at)),
    [reminders],
  );
}

export function DueReminders() {
  const { t } = useWords();
  const due = useDueReminders();
  if (due.length === 0) return null;
  return (
    <section className={styles.due} aria-label={t('reminders.due')} role="status">
      {due.slice(0, SHOWN).map((reminder) => (
        <Due key={reminder.reminder_id} reminder={reminder} />
      ))}
      {due.length > SHOWN && <p>{t('reminders.more', { count: due.length - SHOWN })}</p>}
    </section>
  );
}

function Due({ reminder }: { reminder: DueReminder }) {
  const { t } = useWords();
  const dial = useDial();
  const canDial = useCanDial();
  const { contact, number } = reminder;
  const finish = (done: boolean): Promise<unknown> =>
    server.finishReminder(contact.contact_id, reminder.reminder_id, done);
  const done = useMutation({
    mutationFn: () => finish(true),
    onSuccess: () => toast(t('reminders.is_done', { name: contact.name }), () => finish(false)),
    onError: (error) => toast(errorWords(t, error)),
  });
  return (
    <article className={styles.reminder}>
      <IconBell size={18} aria-hidden="true" />
      <div>
        <p>
          <Link to="/contacts/$contactId" params={{ contactId: contact.contact_id }}>
            {contact.name}
          </Link>
          <small>{[contact.organisation, number && formatPhone(number)].filter(Boolean).join(' · ')}</small>
        </p>
        <p>{reminder.text}</p>
        <p className={styles.buttons}>
          {number && canDial && (
            <Button
              size="compact-sm"
              onClick={() => dial(number, { contact_id: contact.contact_id, phone: 0 })}
            >
              {t('desk.call_back')}
            </Button>
          )}
          <Button size="compact-sm" variant="default" loading={done.isPending} onClick={() => done.mutate()}>
            {t('missed.done')}
          </Button>
          <small>
            <Moment at={reminder.due_at} />
          </small>
        </p>
      </div>
    </article>
  );
}
