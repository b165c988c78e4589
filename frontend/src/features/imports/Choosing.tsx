/** What a person decides before an import: how the file is read, what its columns mean, what becomes of cards there are. */
import { Button, Checkbox, NativeSelect, Radio, Switch } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { phoneWords } from '../../format/phone';
import { useWords, type Word } from '../../i18n';
import { ErrorTrouble } from '../../ui/Words';
import { Waiting } from '../../ui/Waiting';
import { Counts } from './Counts';
import {
  importsServer,
  type Import,
  type ImportChoices,
  type ImportLayout,
  type ImportPreview,
  type PreviewRow,
} from './imports';
import styles from './imports.module.css';

const ENCODINGS = [
  'utf-8',
  'cp1251',
  'utf-16',
  'utf-16-le',
  'utf-16-be',
  'koi8-r',
  'cp866',
  'cp1252',
  'iso8859-5',
];
const SEPARATORS: Record<string, Word> = {
  ';': 'imports.separators.semicolon',
  ',': 'imports.separators.comma',
  '\t': 'imports.separators.tab',
  '|': 'imports.separators.bar',
};
const POLICIES = ['update', 'skip', 'create'] as const;
const KEYS = ['external_id', 'name', 'number', 'email'] as const;
const CARDS_SHOWN = 6;
const SAMPLES = 3;

type Meaning = keyof (typeof import('../../i18n/imports/en.json'))['imports']['meanings'];

export function Choosing({ job }: { job: Import }) {
  const { t, language } = useWords();
  const queries = useQueryClient();
  const preview = useQuery({
    queryKey: ['imports', job.import_id, 'preview', language, job.layout, job.choices?.meanings],
    queryFn: () => importsServer.preview(job.import_id, language),
    placeholderData: keepPreviousData,
  });
  const changed = (next: Import) => queries.setQueryData(['imports', job.import_id], next);
  const layout = useMutation({
    mutationFn: (value: ImportLayout) => importsServer.layout(job.import_id, value),
    onSuccess: changed,
  });
  const choose = useMutation({
    mutationFn: (value: ImportChoices) => importsServer.choose(job.import_id, value),
    onSuccess: changed,
  });
  const begin = useMutation({
    mutationFn: (what: 'try' | 'start') => importsServer.begin(job.import_id, what),
    onSuccess: changed,
  });
  if (!job.layout || !job.choices) return null;
  const choices = choose.isPending || choose.isError ? choose.variables : job.choices;
  const trouble = preview.error ?? layout.error ?? choose.error ?? begin.error;
  return (
    <>
      <HowRead
        key={JSON.stringify(job.layout)}
        layout={job.layout}
        sheets={preview.data?.sheets ?? []}
        change={(value) => layout.mutate(value)}
      />
      {trouble && <ErrorTrouble error={trouble} />}
      {preview.isPending && <Waiting rows={6} />}
      {preview.data && (
        <>
          <Columns
            job={job}
            preview={preview.data}
            meanings={choices.meanings}
            change={(meanings) => choose.mutate({ ...choices, meanings })}
          />
          <section className={styles.section} aria-labelledby="cards">
            <h2 id="cards">{t('imports.cards')}</h2>
            <ul className={styles.cards}>
              {preview.data.rows.slice(0, CARDS_SHOWN).map((row) => (
                <Card key={row.row} row={row} labels={preview.data.labels} />
              ))}
            </ul>
          </section>
        </>
      )}
      <Policies choices={choices} change={(value) => choose.mutate(value)} />
      {job.trial && (
        <section className={styles.section} aria-labelledby="would">
          <h2 id="would">{t('imports.would')}</h2>
          <Counts counts={job.trial} />
        </section>
      )}
      <div className={styles.buttons}>
        <Button
          variant={job.trial ? 'default' : 'filled'}
          onClick={() => begin.mutate('try')}
          disabled={begin.isPending || choose.isPending}
        >
          {t('imports.check')}
        </Button>
        <Button
          variant={job.trial ? 'filled' : 'default'}
          onClick={() => begin.mutate('start')}
          disabled={begin.isPending || choose.isPending}
        >
          {t('imports.start')}
        </Button>
        {!job.trial && <span className={styles.help}>{t('imports.check_help')}</span>}
      </div>
    </>
  );
}

function HowRead({
  layout,
  sheets,
  change,
}: {
  layout: ImportLayout;
  sheets: string[];
  change: (layout: ImportLayout) => void;
}) {
  const { t } = useWords();
  const separator = layout.separator ?? ',';
  const encoding = layout.encoding ?? 'utf-8';
  return (
    <section className={styles.section} aria-labelledby="how-read">
      <h2 id="how-read">{t('imports.how_read')}</h2>
      <div className={styles.fields}>
        {layout.kind !== 'xlsx' && (
          <NativeSelect
            label={t('imports.encoding')}
            value={encoding}
            data={ENCODINGS.includes(encoding) ? ENCODINGS : [encoding, ...ENCODINGS]}
            onChange={(event) => change({ ...layout, encoding: event.currentTarget.value })}
          />
        )}
        {layout.kind === 'csv' && (
          <NativeSelect
            label={t('imports.separator')}
            value={separator}
            data={[
              ...Object.entries(SEPARATORS).map(([value, word]) => ({ value, label: t(word) })),
              ...[...new Set([separator, ':', '^', '~'])]
                .filter((sign) => !(sign in SEPARATORS))
                .map((sign) => ({ value: sign, label: t('imports.separators.other', { sign }) })),
            ]}
            onChange={(event) => change({ ...layout, separator: event.currentTarget.value })}
          />
        )}
        {layout.kind === 'xlsx' && sheets.length > 1 && (
          <NativeSelect
            label={t('imports.sheet')}
            value={layout.sheet ?? sheets[0]}
            data={sheets}
            onChange={(event) => change({ ...layout, sheet: event.currentTarget.value })}
          />
        )}
        {layout.kind !== 'vcard' && (
          <Switch
            label={t('imports.has_header')}
            checked={layout.has_header}
            onChange={(event) => change({ ...layout, has_header: event.currentTarget.checked })}
          />
        )}
      </div>
    </section>
  );
}

function Columns({
  job,
  preview,
  meanings,
  change,
}: {
  job: Import;
  preview: ImportPreview;
  meanings: string[];
  change: (meanings: string[]) => void;
}) {
  const { t } = useWords();
  const samples = (place: number) =>
    preview.rows
      .map((row) => row.cells[place]?.trim())
      .filter(Boolean)
      .slice(0, SAMPLES)
      .join(' · ');
  // Of a vCard only the properties that its cards have are worth a line.
  const places = job.header
    .map((name, place) => ({ name, place, said: samples(place) }))
    .filter(({ said }) => job.layout?.kind !== 'vcard' || said);
  return (
    <section className={styles.section} aria-labelledby="columns">
      <header>
        <h2 id="columns">{t('imports.columns')}</h2>
        <p>{t('imports.columns_help')}</p>
      </header>
      <ul className={styles.columns}>
        {places.map(({ name, place, said }) => (
          <li key={place}>
            <strong id={`column-${place}`}>{name}</strong>
            <NativeSelect
              aria-labelledby={`column-${place}`}
              value={meanings[place] ?? 'ignore'}
              data={preview.meanings.map((value) => ({
                value,
                label: preview.labels[value] ?? t(`imports.meanings.${value as Meaning}`),
              }))}
              onChange={(event) =>
                change(meanings.map((held, at) => (at === place ? event.currentTarget.value : held)))
              }
            />
            <span className={styles.samples}>{said}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Card({
  row: { row, card, problems },
  labels,
}: {
  row: PreviewRow;
  labels: ImportPreview['labels'];
}) {
  const { t } = useWords();
  if (!card)
    return (
      <li data-bad="true">
        <small>{t('imports.row', { row: String(row) })}</small>
        <strong>{t('imports.no_card')}</strong>
        {problems.map((problem, place) => (
          <p key={place}>
            {problem.column && `${problem.column}: `}
            {problem.text}
          </p>
        ))}
      </li>
    );
  const about = [card.organisation !== card.name && card.organisation, card.position, card.city].filter(
    Boolean,
  );
  return (
    <li>
      <small>{t('imports.row', { row: String(row) })}</small>
      <strong>{card.name}</strong>
      {about.length > 0 && <p>{about.join(' · ')}</p>}
      {card.phones.map((phone) => (
        <p key={phone.presented} className="figures">
          {phoneWords(phone)}
          {phone.label && ` · ${phone.label}`}
        </p>
      ))}
      {card.emails.map((each) => (
        <p key={each.email}>{each.email}</p>
      ))}
      {card.addresses.map((each, place) => (
        <p key={place}>
          {[each.postcode, each.country, each.region, each.city, each.street].filter(Boolean).join(', ')}
          {each.label && ` · ${each.label}`}
        </p>
      ))}
      {Object.entries(card.custom).map(([key, value]) => (
        <p key={key}>
          {labels[`custom.${key}`] ?? key}: {value}
        </p>
      ))}
      {card.orders.length > 0 && <p>{t('imports.orders_of', { orders: card.orders.join(', ') })}</p>}
      {card.comment && <p>{card.comment.slice(0, 200)}</p>}
    </li>
  );
}

function Policies({ choices, change }: { choices: ImportChoices; change: (choices: ImportChoices) => void }) {
  const { t } = useWords();
  // While somebody is at it nothing else decides: what was pressed last counts.
  const [held, setHeld] = useState(choices.match_by);
  const keys = (next: ImportChoices['match_by']) => {
    setHeld(next);
    change({ ...choices, match_by: next });
  };
  return (
    <section className={styles.policies}>
      <fieldset>
        <legend>{t('imports.there_already')}</legend>
        {POLICIES.map((policy) => (
          <Radio
            key={policy}
            name="duplicates"
            value={policy}
            label={t(`imports.${policy}`)}
            description={t(`imports.${policy}_help`)}
            checked={choices.duplicates === policy}
            onChange={() => change({ ...choices, duplicates: policy })}
          />
        ))}
      </fieldset>
      {choices.duplicates !== 'create' && (
        <fieldset>
          <legend>{t('imports.same_by')}</legend>
          {KEYS.map((key) => (
            <Checkbox
              key={key}
              label={t(`imports.keys.${key}`)}
              checked={held.includes(key)}
              onChange={(event) =>
                keys(event.currentTarget.checked ? [...held, key] : held.filter((each) => each !== key))
              }
            />
          ))}
        </fieldset>
      )}
    </section>
  );
}
