/** Erasing a person for good: the one thing that nothing brings back, so the name is typed by hand. */
import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';

import { server } from '../../api/server';
import type { Contact } from '../../api/types';
import { useMay } from '../../app/rights';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import styles from './contacts.module.css';
import own from './erase.module.css';
import { contactKey } from './fresh';

function folded(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLocaleLowerCase();
}

export function EraseCard({ contact }: { contact: Contact }) {
  const { t } = useWords();
  const id = useId();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const may = useMay();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const erase = useMutation({
    mutationFn: () => server.eraseContact(contact.contact_id, contact.version, typed),
    onSuccess: async (erased) => {
      await navigate({ to: '/contacts' });
      queries.removeQueries({ queryKey: contactKey(contact.contact_id) });
      await queries.invalidateQueries();
      toast(t('card.erased', { count: erased.calls }));
      if (erased.shared.length > 0)
        toast(t('card.erased_shared', { numbers: erased.shared.map(formatPhone).join(', ') }));
      if (erased.unfinished_imports > 0)
        toast(t('card.erased_imports', { count: erased.unfinished_imports }));
    },
  });
  if (!may('contacts.delete')) return null;
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('card.erase_title')}</h2>
      {!open ? (
        <Button
          className={own.eraseOpen}
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={() => setOpen(true)}
        >
          {t('card.erase_open')}
        </Button>
      ) : (
        <form
          className={own.erase}
          onSubmit={(event) => {
            event.preventDefault();
            if (folded(typed) === folded(contact.name)) erase.mutate();
          }}
        >
          <p>{t('card.erase_help')}</p>
          <TextInput
            label={t('card.erase_type', { name: contact.name })}
            value={typed}
            autoComplete="off"
            autoFocus
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {erase.error && <ErrorTrouble error={erase.error} />}
          <div className={styles.buttons}>
            <Button
              type="submit"
              color="red"
              loading={erase.isPending}
              disabled={folded(typed) !== folded(contact.name)}
            >
              {t('card.erase')}
            </Button>
            <Button
              variant="default"
              onClick={() => {
                setOpen(false);
                setTyped('');
              }}
            >
              {t('common.cancel')}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
