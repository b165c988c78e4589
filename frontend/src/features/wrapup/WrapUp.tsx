/** The call is over: what came of it, when to call back, to which order it belongs. All can be left out. */
import { Button, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';

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
import { useDraft } from '../desk/drafts';
import { AfterCallTimer } from './AfterCallTimer';
import { timesFrom } from './times';
import styles from './wrapup.module.css';

export function WrapUp({ pop, contact }: { pop: Pop; contact: Contact | null }) {
  const { t } = useWords();
  const { me } = useSession();
  const id = useId();
  const nowMs = useMinute();
  const draft = useDraft(pop);
  const presence = useLive((state) => state.presence[me.employee_id]);
  const outcomes = useQuery({ queryKey: ['outcomes'], queryFn: server.outcomes, staleTime: 300_000 });
  const [outcome, setOutcome] = useState<string | null>(null);
  const [due, setDue] = useState<Date | null>(null);
  const [order, setOrder] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: async () => {
      await server.wrapUp(pop.call_id, { outcome, note: draft.text.trim(), order_number: order });
      if (due && contact)
        await server.addReminder(
          contact.contact_id,
          due.toISOString(),
          draft.text.trim() || t('handling.call_back_text'),
          pop.call_id,
        );
    },
    onSuccess: () => {
      draft.write('');
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
        if (!save.isPending) save.mutate();
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
                onChange={() => setOutcome(each.outcome)}
              />
              {each.label}
            </label>
          ))}
        </div>
      )}
      {contact && (
        <div className={styles.callBack}>
          <When label={t('handling.call_back_at')} value={due} onChange={setDue} />
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
          onChange={setOrder}
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
