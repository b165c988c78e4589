/** What is typed during a call, whoever calls: saved as typed. It goes with a hand-over, and after the call onto the card. */
import { Button } from '@mantine/core';

import type { Contact, Pop } from '../../api/types';
import { useWords } from '../../i18n';
import { Notice } from '../../ui/Words';
import { NoteBox, useAddNote } from '../contacts/Notes';
import styles from './desk.module.css';
import { draftOf, useDraft } from './drafts';

type TheDraft = ReturnType<typeof useDraft>;

/** One box in one place, whether the card is known, comes late or is never found: who types in it keeps the focus. */
export function CallNote({ pop, contact }: { pop: Pop; contact: Contact | null }) {
  const { t } = useWords();
  const draft = useDraft(pop);
  const add = useAddNote(contact, pop.call_id, {
    clear: () => draft.write(''),
    // What was typed meanwhile is not written over.
    fill: (note) => {
      if (!draftOf(pop).now().text) draft.write(note);
    },
  });
  return (
    <section className={styles.callNote} aria-labelledby="call-note">
      <h2 id="call-note" className={styles.noteTitle}>
        {t('notes.of_call')}
        <small role="status">
          {draft.text || draft.state !== 'saved' ? t(`notes.state.${draft.state}`) : ''}
        </small>
      </h2>
      <NoteBox text={draft.text} write={draft.write} add={contact ? add : null} />
      <Conflict draft={draft} />
    </section>
  );
}

function Conflict({ draft }: { draft: TheDraft }) {
  const { t } = useWords();
  if (draft.theirs === null) return null;
  return (
    <Notice>
      <p>{t('notes.conflict')}</p>
      <blockquote className={styles.theirs}>{draft.theirs}</blockquote>
      <p className={styles.noteChoice}>
        <Button size="compact-sm" variant="default" onClick={() => draft.decide(false)}>
          {t('notes.take_theirs')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => draft.decide(true)}>
          {t('notes.keep_mine')}
        </Button>
      </p>
    </Notice>
  );
}
