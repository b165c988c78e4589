/** The call is over: what came of it, when to call back, to which order it belongs. All can be left out. */
import { Button, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';

import { server } from '../../api/server';
import type { Contact, Pop } from '../../api/types';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useMinute } from '../../live/clock';
import { live, useLive } from '../../live/store';
import { When } from '../../ui/form/When';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import { newestFirst } from '../desk/reason';
import { draftOf, useDraft } from '../desk/drafts';
import { AfterCallTimer } from './AfterCallTimer';
import { useFilled, type Filled } from './filled';
import { timesFrom } from './times';
import styles from './wrapup.module.css';

/** As many characters as the server takes for a reminder, counted as it counts. */
const LONGEST_REMINDER = 2000;

export function WrapUp({ pop, contact }: { pop: Pop; contact: Contact | null }) {
  const { t } = useWords();
  const { me } = useSession();
  const id = useId();
  const nowMs = useMinute();
  const draft = useDraft(pop);
  const presence = useLive((state) => state.presence[me.employee_id]);
  const outcomes = useQuery({ queryKey: ['outcomes'], queryFn: server.outcomes, staleTime: 300_000 });
  const { form, change, forget } = useFilled(pop.call_id);
  const { outcome, due, order } = form;
  const when = useRef<HTMLInputElement>(null);
  /** Somebody wanted to go on with a time that is none. */
  const [stuck, setStuck] = useState(false);
  const setDue = (next: Date | null, unread = ''): void => {
    setStuck(false);
    change({ due: next, unread });
  };
  const save = useMutation({
    mutationFn: async ({ text, outcome, due, order }: Filled & { text: string }) => {
      const note = text.trim();
      await server.wrapUp(pop.call_id, { outcome, note, order_number: order });
      if (due && contact)
        await server.addReminder(
          contact.contact_id,
          due.toISOString(),
          Array.from(note).slice(0, LONGEST_REMINDER).join('') || t('handling.call_back_text'),
          pop.call_id,
        );
    },
    onSuccess: (_, { text, due }) => {
      // What was typed on meanwhile stays a draft: the server brings it to the card later.
      if (draftOf(pop).now().text === text) draft.write('');
      forget();
      toast(t(due ? 'handling.wrapped_and_reminded' : 'handling.wrapped'));
      live.hide(pop.pop_id);
    },
  });
  const items = outcomes.data?.items ?? [];
  return (
    <form
      className={styles.wrapUp}
      aria-labelledby={id}
      onSubmit={(event) => {
        event.preventDefault();
        if (save.isPending) return;
        // A time that is not understood must not silently be no reminder.
        if (contact && (form.unread || (due && due <= new Date()))) {
          setStuck(true);
          when.current?.focus();
        } else save.mutate({ ...form, text: draft.text });
      }}
    >
      <div className={styles.head}>
        <h2 id={id}>{t('handling.what_came')}</h2>
        {presence?.state === 'after_call' && <AfterCallTimer presence={presence} />}
      </div>
      {items.length > 0 && (
        <div className={styles.outcomes} role="radiogroup" aria-label={t('handling.outcome')}>
          {items.map((each) => (
            <label key={each.outcome} data-chosen={outcome === each.outcome || undefined}>
              <input
                type="radio"
                name={`${id}-outcome`}
                checked={outcome === each.outcome}
                onChange={() => change({ outcome: each.outcome })}
              />
              {each.label}
            </label>
          ))}
        </div>
      )}
      {contact && (
        <div className={styles.callBack}>
          <When
            ref={when}
            label={t('handling.call_back_at')}
            value={due}
            unread={form.unread}
            asked={stuck}
            onChange={setDue}
          />
          <div className={styles.times}>
            {timesFrom(nowMs).map(({ when, at }) => (
              <Button key={when} variant="default" size="compact-sm" onClick={() => setDue(at)}>
                {t(`handling.when.${when}`)}
              </Button>
            ))}
          </div>
        </div>
      )}
      {contact && contact.orders.length > 0 && (
        <Select
          label={t('handling.order')}
          placeholder={t('handling.no_order')}
          clearable
          clearButtonProps={{ 'aria-label': t('handling.no_order') }}
          value={order}
          onChange={(next) => change({ order: next })}
          data={newestFirst(contact.orders).map((each) => ({
            value: each.number,
            label: [t('orders.number', { number: each.number }), each.status].filter(Boolean).join(' · '),
          }))}
        />
      )}
      <p className={styles.note}>{t(draft.text.trim() ? 'handling.note_goes' : 'handling.note_below')}</p>
      {save.isError && <ErrorTrouble error={save.error} />}
      <Button type="submit" loading={save.isPending}>
        {t('handling.finish')}
      </Button>
    </form>
  );
}
