/** An unknown caller: the number is filled in, a name is enough, and saving turns this pop into the card. */
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { server } from '../../api/server';
import type { ContactDraft, Pop } from '../../api/types';
import { useWords } from '../../i18n';
import { live } from '../../live/store';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import { otherParty, partyNumber } from '../calls/words';
import { ContactForm, emptyDraft, forgetDraft } from '../contacts/ContactForm';
import { contactKey } from '../contacts/fresh';
import styles from './desk.module.css';

export function NewCard({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const party = otherParty(pop, [pop.device]);
  const draftKey = `new:${pop.conversation_id}`;
  const save = useMutation({
    mutationFn: (draft: ContactDraft) => server.createContact(draft, pop.call_id),
    onSuccess: (contact) => {
      forgetDraft(draftKey);
      queries.setQueryData(contactKey(contact.contact_id), contact);
      void queries.invalidateQueries({ queryKey: ['contacts'] });
      live.link(pop.pop_id, contact);
      toast(t('contacts.saved_linked', { name: contact.name }));
    },
  });
  return (
    <section className={styles.newCard} aria-labelledby="new-card">
      <h2 id="new-card">{t('desk.new_card')}</h2>
      <p>{t('desk.new_card_help')}</p>
      {save.isError && <ErrorTrouble error={save.error} />}
      <ContactForm
        short
        start={{ ...emptyDraft(partyNumber(party) ?? ''), name: party.name ?? '' }}
        draftKey={draftKey}
        busy={save.isPending}
        save={(draft) => save.mutate(draft)}
      />
    </section>
  );
}
