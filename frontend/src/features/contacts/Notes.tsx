/** The notes, and the box for a new one. What is typed is kept in this browser with every key until it is saved. */
import { Button, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type ReactNode } from 'react';

import { server } from '../../api/server';
import type { Contact } from '../../api/types';
import { isKey, keyShortcuts, keyWords } from '../../app/keys';
import { keep, readKept } from '../../app/preferences';
import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { ErrorTrouble, Key } from '../../ui/Words';
import styles from './contacts.module.css';
import { contactKey } from './fresh';

const SHOWN = 3;

interface Props {
  contact: Contact;
  callId?: string;
  /** A note that is shown elsewhere. */
  besides?: string | undefined;
}

export function Notes(props: Props) {
  const { t } = useWords();
  const draftKey = `ringcard.note.${props.contact.contact_id}`;
  const [text, setText] = useState(() => readKept(draftKey) ?? '');
  const write = (next: string): void => {
    setText(next);
    keep(draftKey, next || null);
  };
  return <NotesAndBox {...props} text={text} write={write} hint={text && t('notes.kept')} />;
}

interface Box {
  text: string;
  write: (next: string) => void;
  /** Where what is typed is kept. */
  hint: string;
  children?: ReactNode;
}

export function NotesAndBox({ contact, callId, besides, text, write, hint, children }: Props & Box) {
  const { t } = useWords();
  const queries = useQueryClient();
  const id = useId();
  const [all, setAll] = useState(false);
  const add = useMutation({
    mutationFn: (words: string) => server.addNote(contact.contact_id, words, callId),
    onSuccess: (note) => {
      queries.setQueryData<Contact>(contactKey(contact.contact_id), (before) => {
        const known = before ?? contact;
        return { ...known, notes: [note, ...known.notes.filter((each) => each.note_id !== note.note_id)] };
      });
      write('');
    },
  });
  const submit = (): void => {
    if (text.trim() && !add.isPending) add.mutate(text.trim());
  };
  const others = contact.notes.filter((note) => note.note_id !== besides);
  const notes = all ? others : others.slice(0, SHOWN);
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('notes.title')}</h2>
      <form
        className={styles.noteBox}
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
          value={text}
          onChange={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (isKey(event, 'add_note')) submit();
            if (isKey(event, 'leave_field')) event.currentTarget.blur();
          }}
        />
        <Button
          type="submit"
          variant="default"
          disabled={!text.trim()}
          loading={add.isPending}
          rightSection={<Key>{keyWords('add_note')}</Key>}
        >
          {t('notes.save')}
        </Button>
      </form>
      {hint && !add.isError && (
        <p className={styles.hint} role="status">
          {hint}
        </p>
      )}
      {children}
      {add.isError && <ErrorTrouble error={add.error} again={submit} />}
      {notes.length > 0 && (
        <ul className={styles.notes}>
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
    </section>
  );
}
