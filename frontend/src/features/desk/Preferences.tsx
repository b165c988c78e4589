/** How I want to be told of a call, and to make one. Kept on the server, so every computer has it. */
import { Button, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import type { OwnPreferences } from '../../api/types';
import { useWords } from '../../i18n';
import { SidePanel } from '../../ui/SidePanel';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import styles from './desk.module.css';

const PREFERENCES = ['preferences'];

export function Preferences({ close }: { close: () => void }) {
  const { t } = useWords();
  const asked = useQuery({ queryKey: PREFERENCES, queryFn: server.preferences, staleTime: 0 });
  return (
    <SidePanel title={t('preferences.title')} close={close}>
      {asked.isError && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {asked.data && <Form start={asked.data} close={close} />}
    </SidePanel>
  );
}

function Form({ start, close }: { start: OwnPreferences; close: () => void }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(start);
  const [refused, setRefused] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      server.setPreferences({
        pop_when: draft.pop_when,
        ring_sound: draft.ring_sound,
        notify: draft.notify,
        missed_mail: draft.missed_mail,
        mail_address: draft.mail_address,
        auto_answer: draft.auto_answer,
      }),
    onSuccess: (saved) => {
      queries.setQueryData(PREFERENCES, saved);
      toast(t('preferences.saved'));
      close();
    },
  });
  const notify = async (wanted: boolean): Promise<void> => {
    // The browser asks here, where somebody has just said that they want it, and never by itself.
    const allowed =
      !wanted ||
      (typeof Notification !== 'undefined' && (await Notification.requestPermission()) === 'granted');
    setRefused(wanted && !allowed);
    setDraft((each) => ({ ...each, notify: wanted && allowed }));
  };
  return (
    <form
      className={styles.preferences}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <fieldset>
        <legend>{t('preferences.pop_when')}</legend>
        <SegmentedControl
          fullWidth
          aria-label={t('preferences.pop_when')}
          value={draft.pop_when}
          onChange={(pop_when) => setDraft({ ...draft, pop_when })}
          data={[
            { value: 'on_ring', label: t('preferences.on_ring') },
            { value: 'on_answer', label: t('preferences.on_answer') },
            { value: 'quiet', label: t('preferences.quiet') },
          ]}
        />
        <p>{t(`preferences.${draft.pop_when}_help`)}</p>
      </fieldset>
      <Switch
        label={t('preferences.ring_sound')}
        description={t('preferences.ring_sound_help')}
        checked={draft.ring_sound}
        onChange={(event) => setDraft({ ...draft, ring_sound: event.currentTarget.checked })}
      />
      <Switch
        label={t('preferences.notify')}
        description={t(refused ? 'preferences.notify_refused' : 'preferences.notify_help')}
        checked={draft.notify}
        onChange={(event) => void notify(event.currentTarget.checked)}
      />
      <Switch
        label={t('preferences.auto_answer')}
        description={t('preferences.auto_answer_help')}
        checked={draft.auto_answer}
        onChange={(event) => setDraft({ ...draft, auto_answer: event.currentTarget.checked })}
      />
      {(draft.mail_ready || draft.missed_mail) && (
        <>
          <Switch
            label={t('preferences.missed_mail')}
            checked={draft.missed_mail}
            onChange={(event) => setDraft({ ...draft, missed_mail: event.currentTarget.checked })}
          />
          <TextInput
            type="email"
            label={t('preferences.mail_address')}
            required={draft.missed_mail}
            value={draft.mail_address ?? ''}
            onChange={(event) => setDraft({ ...draft, mail_address: event.currentTarget.value || null })}
          />
        </>
      )}
      {save.isError && <ErrorTrouble error={save.error} />}
      <Button type="submit" loading={save.isPending}>
        {t('common.save')}
      </Button>
    </form>
  );
}
