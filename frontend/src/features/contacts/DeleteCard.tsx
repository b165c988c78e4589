import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import { server } from '../../api/server';
import type { Contact } from '../../api/types';
import { useMay } from '../../app/rights';
import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import { contactKey } from './fresh';

/** Nobody is asked whether they are sure: the card can be brought back. */
export function DeleteCard({ contact }: { contact: Contact }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const may = useMay();
  const remove = useMutation({
    mutationFn: () => server.deleteContact(contact.contact_id, contact.version),
    onSuccess: async () => {
      await navigate({ to: '/contacts' });
      queries.removeQueries({ queryKey: contactKey(contact.contact_id) });
      await queries.invalidateQueries({ queryKey: ['contacts'] });
      toast(t('card.deleted', { name: contact.name }), async () => {
        await server.restoreContact(contact.contact_id);
        await queries.invalidateQueries({ queryKey: ['contacts'] });
        await navigate({ to: '/contacts/$contactId', params: { contactId: contact.contact_id } });
      });
    },
  });
  if (!may('contacts.delete')) return null;
  return (
    <>
      {remove.error && <ErrorTrouble error={remove.error} />}
      <Button
        variant="default"
        leftSection={<IconTrash size={16} aria-hidden="true" />}
        loading={remove.isPending}
        onClick={() => remove.mutate()}
      >
        {t('card.delete')}
      </Button>
    </>
  );
}
