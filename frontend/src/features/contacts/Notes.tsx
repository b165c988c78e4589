/** The notes, and the box for a new one. What is typed is kept in this browser with every key until it is saved. */
import { Button, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';

import { server } from '../../api/server';
import type { Contact, Note } from '../../api/types';
import { isKey, keyShortcuts, keyWords } from '../../app/keys';
import { keep, readKept } from '../../app/preferences';
import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toasts';
import { ErrorTrouble, Key } from '../../ui/Words';
import styles from './contacts.module.css';
import looks from './notes.module.css';
import { contactKey } from './fresh';

const SHOWN = 3;

interface Props {
  contact: Contact;
  callId?: string;
  /** A note that is shown elsewhere. */
  besides?: string | undefined;
}

/** Writes a note onto a card; for as long as the line about it stays, it can be taken back. */
export function useAddNote(
  contact: Contact | null,
  callId: string | undefined,
  box: { clear: () => void; fill: (text: string) => void },
) {
  const { t } = useWords();
  const queries = useQueryClient();
  const change = (of: Contact, notes: (before: Note[]) => Note[]): void => {
    queries.setQueryData<Contact>(contactKey(of.contact_id), (known) => {
      const before = known ?? of;
      return { ...before, notes: notes(before.notes) };
    });
  };
  return useMutation({
    // `isStill`: whether the box holds these words yet when the answer comes.
    mutationFn: async ({ words }: { words: string; isStill: () => boolean }) => {
      if (!contact) throw new Error('a note needs a card');
      return { of: contact, note: await server.addNote(contact.contact_id, words, callId) };
    },
    onSuccess: ({ of, note }, { isStill }) => {
      const others = (before: Note[]): Note[] => before.filter((each) => each.note_id !== note.note_id);
      change(of, (before) => [note, ...others(before)]);
      if (isStill()) box.clear();
      toast(t('notes.added'), async () => {
        await server.removeNote(of.contact_id, note.note_id);
        change(of, others);
        box.fill(note.text);
      });
    },
  });
}

/** On the page of a card: the box, and the notes. */
export function Notes({ contact, callId, besides }: Props) {
  const { t } = useWords();
  const id = useId();
  const draftKey = `ringcard.note.${contact.contact_id}`;
  const [text, setText] = useState(() => readKept(draftKey) ?? '');
  const write = (next: string): void => {
    setText(next);
    keep(draftKey, next || null);
  };
  const add = useAddNote(contact, callId, {
    clear: () => write(''),
    // What was typed meanwhile is not written over.
    fill: (note) => write(readKept(draftKey) ?? note),
  });
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id} className={looks.noteTitle}>
        {t('notes.title')}
        <small role="status">{text && !add.isError ? t('notes.kept') : ''}</small>
      </h2>
      <NoteBox text={text} write={write} add={add} />
      <NoteItems contact={contact} besides={besides} />
    </section>
  );
}

/** The notes alone, where the box for a new one stands elsewhere. */
export function NoteList({ contact, besides }: { contact: Contact; besides: string | undefined }) {
  const { t } = useWords();
  const id = useId();
  if (contact.notes.every((note) => note.note_id === besides)) return null;
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('notes.title')}</h2>
      <NoteItems contact={contact} besides={besides} />
    </section>
  );
}

interface Box {
  text: string;
  write: (next: string) => void;
  /** Null where there is no card to put it on. */
  add: ReturnType<typeof useAddNote> | null;
}

export function NoteBox({ text, write, add }: Box) {
  const { t } = useWords();
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  });
  const submit = (): void => {
    const words = text.trim();
    if (add && words && !add.isPending) add.mutate({ words, isStill: () => latest.current.trim() === words });
  };
  return (
    <>
      <form
        className={looks.noteBox}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Textarea
          data-note-field
          aria-label={t('notes.new')}
          aria-keyshortcuts={keyShortcuts('note')}
          placeholder={t('notes.placeholder')}
          autosize
          minRows={1}
          maxRows={6}
          maxLength={10_000}
          value={text}
          onChange={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (isKey(event, 'add_note')) submit();
            if (isKey(event, 'leave_field')) event.currentTarget.blur();
          }}
        />
        {add && (
          <Button
            type="submit"
            variant="default"
            disabled={!text.trim()}
            loading={add.isPending}
            rightSection={<Key>{keyWords('add_note')}</Key>}
          >
            {t('notes.save')}
          </Button>
        )}
      </form>
      {add?.isError && <ErrorTrouble error={add.error} again={submit} />}
    </>
  );
}

function NoteItems({ contact, besides }: { contact: Contact; besides: string | undefined }) {
  const { t } = useWords();
  const [all, setAll] = useState(false);
  const others = contact.notes.filter((note) => note.note_id !== besides);
  const notes = all ? others : others.slice(0, SHOWN);
  return (
    <>
      {notes.length > 0 && (
        <ul className={looks.notes}>
          {notes.map((note) => (
            <li key={note.note_id}>
              <p>{note.text}</p>
              <small>
                {note.author} <Moment at={note.at} />
              </small>
            </li>
          ))}
        </ul>
      )}
      {others.length > SHOWN && !all && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setAll(true)}>
          {t('notes.all', { count: others.length })}
        </Button>
      )}
    </>
  );
}
