import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';

import { server } from '../../api/server';
import type { ContactDraft } from '../../api/types';
import { useWords } from '../../i18n';
import { ErrorTrouble } from '../../ui/Words';
import { ContactForm, emptyDraft, forgetDraft } from './ContactForm';
import styles from './contacts.module.css';
import { contactKey } from './fresh';

export function NewContactPage() {
  const { t } = useWords();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { number = '' } = useSearch({ from: '/contacts/new' });
  const draftKey = number ? `new:${number}` : 'new';
  const save = useMutation({
    mutationFn: (draft: ContactDraft) => server.createContact(draft),
    onSuccess: (contact) => {
      forgetDraft(draftKey);
      queries.setQueryData(contactKey(contact.contact_id), contact);
      void queries.invalidateQueries({ queryKey: ['contacts'] });
      void navigate({ to: '/contacts/$contactId', params: { contactId: contact.contact_id } });
    },
  });
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <h1>{t('contacts.new')}</h1>
      </div>
      <div className={styles.sheet}>
        {save.isError && <ErrorTrouble error={save.error} />}
        <ContactForm
          key={draftKey}
          start={emptyDraft(number)}
          draftKey={draftKey}
          busy={save.isPending}
          save={(draft) => save.mutate(draft)}
          cancel={
            <Button component={Link} to="/contacts" variant="default">
              {t('common.cancel')}
            </Button>
          }
        />
      </div>
    </div>
  );
}
