/** Pages of other systems that open with a call, and how long a pop stays: the settings `[desk]`. */
import { ActionIcon, Button, Select, TagsInput, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus, IconX } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { ask } from '../../api/http';
import type { SettingsSection } from '../../api/types';
import type { components } from '../../client/schema';
import { useWords, type Word } from '../../i18n';
import { Field, FieldGroup, Fields } from '../../ui/form/Field';
import { SaveBar } from '../../ui/form/SaveBar';
import { Seconds } from '../../ui/form/Seconds';
import { toast } from '../../ui/toasts';
import { KeptSection, useSectionDraft } from '../settings/section';
import styles from './opening.module.css';

const WHEN = ['ring', 'answer', 'button'] as const;
const DIRECTIONS = ['any', 'inbound', 'outbound'] as const;
const CALLERS = ['any', 'known', 'unknown'] as const;
const REASONS = ['name', 'blanks', 'scheme', 'password', 'host', 'value', 'brace'] as const;
const VALUES = [
  'number',
  'id',
  'name',
  'call_id',
  'conversation_id',
  'direction',
  'queue',
  'called',
  'device',
] as const;

interface Rule {
  name: string;
  url: string;
  when: (typeof WHEN)[number];
  direction: (typeof DIRECTIONS)[number];
  queues: string[];
  callers: (typeof CALLERS)[number];
}

interface Value {
  screen_pop: Rule[];
  answered_elsewhere_s: number;
  ended_s: number;
  missed_s: number;
}

const FIELDS: Record<keyof Value, Word> = {
  screen_pop: 'opening.pages',
  answered_elsewhere_s: 'opening.answered_elsewhere',
  ended_s: 'opening.ended',
  missed_s: 'opening.missed',
};

const FRESH: Rule = {
  name: '',
  url: 'https://',
  when: 'button',
  direction: 'any',
  queues: [],
  callers: 'any',
};

export const OpeningSection = () => <KeptSection name="desk" rows={6} Form={OpeningForm} />;

function OpeningForm({ kept }: { kept: SettingsSection }) {
  const { t } = useWords();
  const { draft, fixed, from } = useSectionDraft<Value>(kept, {
    valueOf: (section) => section.values as unknown as Value,
    valuesOf: (value) => ({ ...value }),
  });
  const { value, set } = draft;
  const rules = value.screen_pop;
  const put = (place: number, change: Partial<Rule>): void =>
    set({ screen_pop: rules.map((each, index) => (index === place ? { ...each, ...change } : each)) });
  const stays = (key: 'answered_elsewhere_s' | 'ended_s' | 'missed_s', effect: Word) => (
    <Field effect={t(effect)} fromFile={from(key)}>
      <Seconds
        label={t(FIELDS[key])}
        min={0.1}
        disabled={fixed(key)}
        value={value[key]}
        onChange={(seconds) => seconds !== '' && set({ [key]: seconds })}
      />
    </Field>
  );
  return (
    <Fields>
      <FieldGroup title={t('opening.pages')} about={t('opening.pages_about')}>
        <Field fromFile={from('screen_pop')}>
          <fieldset className={styles.rules} disabled={fixed('screen_pop')} aria-label={t('opening.pages')}>
            {rules.length === 0 && <p className={styles.none}>{t('opening.none')}</p>}
            <ol>
              {rules.map((rule, place) => (
                <li key={place}>
                  <TextInput
                    label={t('opening.name')}
                    description={t('opening.name_help')}
                    value={rule.name}
                    onChange={(event) => put(place, { name: event.currentTarget.value })}
                  />
                  <Select
                    label={t('opening.when')}
                    description={t('opening.when_help')}
                    data={WHEN.map((each) => ({ value: each, label: t(`opening.when_${each}`) }))}
                    value={rule.when}
                    allowDeselect={false}
                    onChange={(when) => when && put(place, { when })}
                  />
                  <ActionIcon
                    className={styles.remove}
                    variant="subtle"
                    color="gray"
                    aria-label={t('opening.remove', { name: rule.name })}
                    onClick={() => {
                      set({ screen_pop: rules.filter((_, index) => index !== place) });
                      toast(t('opening.removed'), () => set({ screen_pop: rules }));
                    }}
                  >
                    <IconX size={16} aria-hidden="true" />
                  </ActionIcon>
                  <TextInput
                    className={styles.wide}
                    label={t('opening.url')}
                    type="url"
                    value={rule.url}
                    onChange={(event) => put(place, { url: event.currentTarget.value })}
                  />
                  <Preview url={rule.url} insert={(name) => put(place, { url: `${rule.url}{${name}}` })} />
                  <Select
                    label={t('opening.direction')}
                    data={DIRECTIONS.map((each) => ({ value: each, label: t(`opening.direction_${each}`) }))}
                    value={rule.direction}
                    allowDeselect={false}
                    onChange={(direction) => direction && put(place, { direction })}
                  />
                  <Select
                    label={t('opening.callers')}
                    data={CALLERS.map((each) => ({ value: each, label: t(`opening.callers_${each}`) }))}
                    value={rule.callers}
                    allowDeselect={false}
                    onChange={(callers) => callers && put(place, { callers })}
                  />
                  <TagsInput
                    className={styles.wide}
                    label={t('opening.queues')}
                    description={t('opening.queues_help')}
                    value={rule.queues}
                    splitChars={[',', ' ', ';']}
                    onChange={(queues) => put(place, { queues })}
                  />
                </li>
              ))}
            </ol>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden="true" />}
              onClick={() => set({ screen_pop: [...rules, FRESH] })}
            >
              {t('opening.add')}
            </Button>
          </fieldset>
        </Field>
      </FieldGroup>
      <FieldGroup title={t('opening.stays')} about={t('opening.stays_about')}>
        {stays('answered_elsewhere_s', 'opening.answered_elsewhere_effect')}
        {stays('ended_s', 'opening.ended_effect')}
        {stays('missed_s', 'opening.missed_effect')}
      </FieldGroup>
      <SaveBar
        draft={draft}
        nameOf={(field) => t(FIELDS[field])}
        wordsOf={(field, said) =>
          field === 'screen_pop'
            ? said.screen_pop.map((each) => each.name).join('; ') || t('draft.nothing')
            : String(said[field])
        }
      />
    </Fields>
  );
}

/** The address as a browser would open it for a sample call, or why it cannot be. */
function Preview({ url, insert }: { url: string; insert: (name: string) => void }) {
  const { t } = useWords();
  const [asking] = useDebouncedValue(url, 250);
  const tried = useQuery({
    queryKey: ['settings/desk/try', asking],
    queryFn: () => ask<components['schemas']['PageTried']>('POST', '/settings/desk/try', { url: asking }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const reason = REASONS.find((each) => each === tried.data?.reason);
  return (
    <div className={styles.preview}>
      <div role="group" aria-label={t('opening.insert')} className={styles.values}>
        {VALUES.map((name) => (
          <Button key={name} size="compact-xs" variant="default" onClick={() => insert(name)}>
            {t(`opening.value_${name}`)}
          </Button>
        ))}
      </div>
      <p role="status" data-wrong={reason ? true : undefined}>
        {reason ? (
          t(`opening.wrong_${reason}`)
        ) : tried.data?.url ? (
          <>
            {t('opening.example')} <code>{tried.data.url}</code>
          </>
        ) : (
          '\u00a0'
        )}
      </p>
    </div>
  );
}
