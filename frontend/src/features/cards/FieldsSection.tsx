/** The company's own fields of a card: the settings `[card]`. */
import { ActionIcon, Button, Checkbox, Select, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';

import type { CardField, CardFieldKind, SettingsSection } from '../../api/types';
import { useWords } from '../../i18n';
import { Field, Fields } from '../../ui/form/Field';
import { SaveBar } from '../../ui/form/SaveBar';
import { toast } from '../../ui/toasts';
import { KeptSection, useSectionDraft } from '../settings/section';
import styles from './cards.module.css';

const KINDS: CardFieldKind[] = ['text', 'number', 'date', 'choice', 'yes_no', 'url'];

interface Value {
  fields: CardField[];
}

export const FieldsSection = () => <KeptSection name="card" rows={4} Form={FieldsForm} />;

function FieldsForm({ kept }: { kept: SettingsSection }) {
  const { t } = useWords();
  const { draft, fixed, from } = useSectionDraft<Value>(kept, {
    valueOf: (section) => section.values as unknown as Value,
    valuesOf: (value) => ({ ...value }),
    alsoSays: 'card-fields',
  });
  const { fields } = draft.value;
  const put = (place: number, change: Partial<CardField>): void =>
    draft.set({ fields: fields.map((each, index) => (index === place ? { ...each, ...change } : each)) });
  return (
    <Fields>
      <p className={styles.lead}>{t('own_fields.lead')}</p>
      <Field fromFile={from('fields')}>
        <fieldset
          className={styles.fields}
          disabled={fixed('fields')}
          aria-label={t('settings.sections.fields.title')}
        >
          {fields.length === 0 && <p className={styles.none}>{t('own_fields.none')}</p>}
          <ol>
            {fields.map((field, place) => (
              <li key={place}>
                <TextInput
                  label={t('own_fields.label')}
                  value={field.label}
                  onChange={(event) => put(place, { label: event.currentTarget.value })}
                />
                <TextInput
                  label={t('own_fields.key')}
                  value={field.key}
                  onChange={(event) => put(place, { key: event.currentTarget.value })}
                />
                <Select
                  label={t('own_fields.kind')}
                  data={KINDS.map((kind) => ({ value: kind, label: t(`own_fields.kinds.${kind}`) }))}
                  value={field.kind}
                  allowDeselect={false}
                  onChange={(kind) =>
                    kind && put(place, { kind: kind, ...(kind === 'choice' ? {} : { choices: [] }) })
                  }
                />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t('own_fields.remove', { label: field.label })}
                  onClick={() => {
                    draft.set({ fields: fields.filter((_, index) => index !== place) });
                    toast(t('own_fields.removed'), () => draft.set({ fields }));
                  }}
                >
                  <IconX size={16} aria-hidden="true" />
                </ActionIcon>
                {field.kind === 'choice' && (
                  <Textarea
                    className={styles.wide}
                    label={t('own_fields.choices')}
                    description={t('own_fields.choices_help')}
                    autosize
                    minRows={2}
                    value={field.choices.join('\n')}
                    onChange={(event) => put(place, { choices: event.currentTarget.value.split('\n') })}
                    onBlur={() =>
                      put(place, { choices: field.choices.map((each) => each.trim()).filter(Boolean) })
                    }
                  />
                )}
                <Checkbox
                  className={styles.wide}
                  label={t('own_fields.on_pop')}
                  checked={field.on_pop}
                  onChange={(event) => put(place, { on_pop: event.currentTarget.checked })}
                />
              </li>
            ))}
          </ol>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden="true" />}
            onClick={() =>
              draft.set({
                fields: [...fields, { key: '', label: '', kind: 'text', choices: [], on_pop: false }],
              })
            }
          >
            {t('own_fields.add')}
          </Button>
        </fieldset>
      </Field>
      <SaveBar
        draft={draft}
        nameOf={() => t('settings.sections.fields.title')}
        wordsOf={(_, value) =>
          value.fields
            .map((each) => t('own_fields.summary', { label: each.label, key: each.key }))
            .join('; ') || t('draft.nothing')
        }
      />
    </Fields>
  );
}
