/** One form for a new card and for changing one; what is typed outlives a closed tab if `draftKey` is given. */
import { Button, TextInput, Textarea } from '@mantine/core';
import { lazy, Suspense, useState, type ReactNode } from 'react';

import type { Contact, ContactDraft } from '../../api/types';
import { keep, readKept } from '../../app/preferences';
import { formatPhone, looksDialable } from '../../format/phone';
import { useWords } from '../../i18n';
import styles from './contacts.module.css';

// The desk's first load does without the fields that nobody fills in while the caller is on the line.
const MoreFields = lazy(() => import('./MoreFields').then((module) => ({ default: module.MoreFields })));

export function emptyDraft(number = ''): ContactDraft {
  return {
    kind: 'person',
    name: '',
    organisation: null,
    position: null,
    phones: number ? [{ number }] : [],
    emails: [],
    segment: null,
    tags: [],
    vip: false,
    city: null,
    comment: null,
    custom: {},
  };
}

export function draftOf(contact: Contact): ContactDraft {
  const { kind, name, organisation, position, phones, emails, segment, tags, vip, city, comment, custom } =
    contact;
  return { kind, name, organisation, position, phones, emails, segment, tags, vip, city, comment, custom };
}

/** What the form holds: the lists as lines of text, which is how people paste them. */
export interface Fields extends Omit<ContactDraft, 'phones' | 'emails'> {
  phones: string;
  emails: string;
}

function lines(text: string): string[] {
  return text
    .split(/[\n;,]/)
    .map((line) => line.trim())
    .filter(Boolean);
}

function fieldsOf(draft: ContactDraft): Fields {
  return {
    ...draft,
    phones: draft.phones.map(writtenPhone).join('\n'),
    emails: draft.emails.map((each) => each.email).join('\n'),
  };
}

/** As people write it, so that it can be checked against what the caller says. */
function writtenPhone(phone: ContactDraft['phones'][number]): string {
  if (!phone.number) return phone.presented ?? '';
  return formatPhone(phone.number).replaceAll('\u00a0', ' ');
}

/** A number or address that was there before keeps its label. */
export function draftFrom(fields: Fields, start: ContactDraft): ContactDraft {
  const orNull = (text: string | null): string | null => text?.trim() ?? null;
  return {
    ...fields,
    name: fields.name.trim(),
    organisation: orNull(fields.organisation) || null,
    position: orNull(fields.position) || null,
    segment: orNull(fields.segment) || null,
    city: orNull(fields.city) || null,
    comment: orNull(fields.comment) || null,
    phones: lines(fields.phones).map(
      (number) => start.phones.find((each) => writtenPhone(each) === number) ?? { number },
    ),
    emails: lines(fields.emails).map(
      (email) => start.emails.find((each) => each.email === email) ?? { email },
    ),
  };
}

interface Props {
  start: ContactDraft;
  save: (draft: ContactDraft) => void;
  busy: boolean;
  /** Only what can be asked while the caller is on the line. */
  short?: boolean;
  draftKey?: string;
  cancel?: ReactNode;
}

/** To be called when the card is saved, not before: a refused save must not cost what was typed. */
export function forgetDraft(draftKey: string): void {
  keep(`ringcard.card.${draftKey}`, null);
}

export function keptDraft(draftKey: string): string | null {
  return readKept(`ringcard.card.${draftKey}`);
}

function restore(draftKey: string | undefined, start: ContactDraft): Fields {
  const kept = draftKey && keptDraft(draftKey);
  if (!kept) return fieldsOf(start);
  try {
    return { ...fieldsOf(start), ...(JSON.parse(kept) as Partial<Fields>) };
  } catch {
    return fieldsOf(start);
  }
}

export function ContactForm({ start, save, busy, short = false, draftKey, cancel }: Props) {
  const { t } = useWords();
  const [fields, setFields] = useState<Fields>(() => restore(draftKey, start));
  const [complained, setComplained] = useState(false);
  const set = (change: Partial<Fields>): void => {
    const next = { ...fields, ...change };
    setFields(next);
    if (draftKey) keep(`ringcard.card.${draftKey}`, JSON.stringify(next));
  };
  const wrongPhone = lines(fields.phones).find((number) => !looksDialable(number));
  const phoneError =
    lines(fields.phones).length === 0
      ? t('form.phone_missing')
      : wrongPhone
        ? t('form.phone_wrong', { number: wrongPhone })
        : null;
  const nameError = fields.name.trim() ? null : t('form.name_missing');
  return (
    <form
      className={styles.form}
      data-short={short || undefined}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (nameError || phoneError) {
          setComplained(true);
          return;
        }
        save(draftFrom(fields, start));
      }}
    >
      <TextInput
        data-note-field={short || undefined}
        label={t('form.name')}
        required
        withAsterisk={false}
        autoComplete="off"
        value={fields.name}
        error={complained && nameError}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <TextInput
        label={t('form.organisation')}
        autoComplete="off"
        value={fields.organisation ?? ''}
        onChange={(event) => set({ organisation: event.currentTarget.value })}
      />
      {short ? (
        <TextInput
          label={t('form.phone')}
          inputMode="tel"
          autoComplete="off"
          value={fields.phones}
          error={complained && phoneError}
          onChange={(event) => set({ phones: event.currentTarget.value })}
        />
      ) : (
        <Textarea
          label={t('form.phones')}
          description={t('form.one_a_line')}
          autosize
          minRows={2}
          value={fields.phones}
          error={complained && phoneError}
          onChange={(event) => set({ phones: event.currentTarget.value })}
        />
      )}
      {short ? (
        <TextInput
          label={t('form.email')}
          type="email"
          autoComplete="off"
          value={fields.emails}
          onChange={(event) => set({ emails: event.currentTarget.value })}
        />
      ) : (
        <Textarea
          label={t('form.emails')}
          description={t('form.one_a_line')}
          autosize
          minRows={2}
          value={fields.emails}
          onChange={(event) => set({ emails: event.currentTarget.value })}
        />
      )}
      {!short && (
        <Suspense fallback={null}>
          <MoreFields fields={fields} set={set} />
        </Suspense>
      )}
      <Textarea
        className={styles.wide}
        label={t('contacts.comment')}
        autosize
        minRows={short ? 1 : 2}
        maxRows={8}
        value={fields.comment ?? ''}
        onChange={(event) => set({ comment: event.currentTarget.value })}
      />
      <div className={styles.buttons}>
        <Button type="submit" loading={busy}>
          {t('form.save')}
        </Button>
        {cancel}
      </div>
    </form>
  );
}
