/** What was done to the card, by whom; each change can be taken back. */
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';

import { server } from '../../api/server';
import type { CardChange, CardField, Contact } from '../../api/types';
import { useMay } from '../../app/rights';
import { phoneWords } from '../../format/phone';
import { useWords, type Word, type Words } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import styles from './contacts.module.css';
import { useCardFields } from './CustomFacts';
import { contactKey } from './fresh';

const SHOWN = 5;

/** How the fields of a change are called; one that is not here is one of the company's own, or has no words. */
const FIELDS: Partial<Record<string, Word>> = {
  name: 'fields.name',
  organisation: 'fields.organisation',
  position: 'fields.position',
  phones: 'fields.phones',
  emails: 'fields.emails',
  segment: 'fields.segment',
  tags: 'fields.tags',
  vip: 'fields.vip',
  city: 'fields.city',
  comment: 'fields.comment',
  kind: 'form.kind',
  manager: 'contacts.manager',
  deputies: 'card.deputies',
  addresses: 'card.address',
  orders: 'card.orders',
  organisation_id: 'card.to_organisation',
};

export function History({ contact }: { contact: Contact }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const may = useMay();
  const id = useId();
  const [all, setAll] = useState(false);
  const asked = useQuery({
    queryKey: ['contact', contact.contact_id, 'changes', contact.version],
    queryFn: () => server.changesOf(contact.contact_id),
  });
  const undo = useMutation({
    mutationFn: (change: CardChange) => server.undoChange(contact.contact_id, change.change_id),
    onSuccess: (card) => {
      queries.setQueryData(contactKey(card.contact_id), card);
      void queries.invalidateQueries({ queryKey: ['contact', contact.contact_id] });
      void queries.invalidateQueries({ queryKey: ['contacts'] });
      toast(t('card.was_taken_back'));
    },
  });
  const changes = asked.data?.items ?? [];
  const canUndo = (change: CardChange): boolean =>
    change.undone_at === null &&
    ((change.kind === 'changed' && change.fields.length > 0 && may('contacts.write')) ||
      (change.kind === 'merged' && may('contacts.delete')));
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('card.history')}</h2>
      {asked.error && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {undo.error && <ErrorTrouble error={undo.error} />}
      {asked.isSuccess && changes.length === 0 && <p className={styles.none}>{t('card.no_history')}</p>}
      <ol className={styles.history}>
        {(all ? changes : changes.slice(0, SHOWN)).map((change) => (
          <li key={change.change_id} data-undone={change.undone_at !== null || undefined}>
            <div>
              <p>
                {t(`card.kind.${change.kind}`)}
                <small>
                  {' '}
                  {change.author ?? t('card.by_program')}, <Moment at={change.at} />
                  {change.undone_at !== null && ` · ${t('card.taken_back')}`}
                </small>
              </p>
              {change.fields.length > 0 && <Fields change={change} />}
            </div>
            {canUndo(change) && (
              <Button
                size="compact-xs"
                variant="default"
                loading={undo.isPending && undo.variables.change_id === change.change_id}
                onClick={() => undo.mutate(change)}
              >
                {t('card.take_back')}
              </Button>
            )}
          </li>
        ))}
      </ol>
      {!all && changes.length > SHOWN && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setAll(true)}>
          {t('card.all_history', { count: changes.length })}
        </Button>
      )}
    </section>
  );
}

interface FieldRow {
  name: string;
  before: unknown;
  after: unknown;
}

/** What a change did, field by field, as people call the fields. */
function rowsOf(t: Words, own: CardField[], change: CardChange): FieldRow[] {
  return change.fields.flatMap((field) => {
    if (field.field !== 'custom') {
      const name = FIELDS[field.field];
      return [{ name: name ? t(name) : field.field, before: field.before, after: field.after }];
    }
    const before = (field.before ?? {}) as Record<string, string>;
    const after = (field.after ?? {}) as Record<string, string>;
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((key) => before[key] !== after[key])
      .map((key) => ({
        name: own.find((each) => each.key === key)?.label ?? key,
        before: before[key],
        after: after[key],
      }));
  });
}

/** The names of the fields that a change touched, for a line where there is no room for more. */
export function useFieldWords(): (change: CardChange) => string {
  const { t } = useWords();
  const own = useCardFields();
  return (change) =>
    rowsOf(t, own, change)
      .map((row) => row.name)
      .join(', ');
}

function Fields({ change }: { change: CardChange }) {
  const { t } = useWords();
  const own = useCardFields();
  const rows = rowsOf(t, own, change);
  return (
    <ul className={styles.changed}>
      {rows.map((row) => (
        <li key={row.name}>
          {row.name}: <del>{inWords(t, row.before)}</del> <ins>{inWords(t, row.after)}</ins>
        </li>
      ))}
    </ul>
  );
}

type Piece = Record<string, unknown> & { number?: string | null; presented?: string };

function inWords(t: Words, value: unknown): string {
  if (value === null || value === undefined || value === '') return t('card.nothing');
  if (typeof value === 'boolean') return t(value ? 'card.yes' : 'card.no');
  if (Array.isArray(value)) return value.map((each) => inWords(t, each)).join(', ') || t('card.nothing');
  if (typeof value === 'object') {
    const piece = value as Piece;
    if (typeof piece.presented === 'string')
      return phoneWords({ number: piece.number ?? null, presented: piece.presented });
    const told = piece.email ?? piece.name ?? piece.number;
    if (typeof told === 'string') return told;
    return Object.values(piece)
      .filter((each) => typeof each === 'string')
      .join(', ');
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : t('card.nothing');
}
