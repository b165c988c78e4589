/** What is typed during a call, whoever calls: saved as typed. It goes with a hand-over, and after the call onto the card. */
import { Button, Textarea } from '@mantine/core';

import type { Contact, Pop } from '../../api/types';
import { isKey, keyShortcuts } from '../../app/keys';
import { useWords } from '../../i18n';
import { Notice } from '../../ui/Words';
import { NotesAndBox } from '../contacts/Notes';
import styles from './desk.module.css';
import { useDraft } from './drafts';

type TheDraft = ReturnType<typeof useDraft>;

/** On a card: with the notes that were before, and the button that puts it among them. */
export function CallNotes({
  pop,
  contact,
  besides,
}: {
  pop: Pop;
  contact: Contact;
  besides: string | undefined;
}) {
  const { t } = useWords();
  const draft = useDraft(pop);
  return (
    <NotesAndBox
      contact={contact}
      callId={pop.call_id}
      besides={besides}
      text={draft.text}
      write={draft.write}
      hint={draft.text ? t(`notes.state.${draft.state}`) : ''}
    >
      <Conflict draft={draft} />
    </NotesAndBox>
  );
}

export function CallNote({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const draft = useDraft(pop);
  return (
    <section className={styles.callNote} aria-labelledby="call-note">
      <h2 id="call-note" className={styles.noteTitle}>
        {t('notes.of_call')}
        <small role="status">
          {draft.text || draft.state !== 'saved' ? t(`notes.state.${draft.state}`) : ''}
        </small>
      </h2>
      <Textarea
        data-note-field
        aria-label={t('notes.new')}
        aria-keyshortcuts={keyShortcuts('note')}
        placeholder={t('notes.placeholder')}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={10_000}
        value={draft.text}
        onChange={(event) => draft.write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isKey(event, 'leave_field')) event.currentTarget.blur();
        }}
      />
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
