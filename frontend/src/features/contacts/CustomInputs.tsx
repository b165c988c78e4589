import { Select, TextInput } from '@mantine/core';

import { useWords } from '../../i18n';
import { Day } from '../../ui/form/Day';
import { useCardFields } from './CustomFacts';

/** The company's own fields on the form. What the server refuses it names by the field. */
export function CustomInputs({
  values,
  set,
}: {
  values: Record<string, string>;
  set: (values: Record<string, string>) => void;
}) {
  const { t } = useWords();
  const fields = useCardFields();
  return fields.map((field) => {
    const change = (value: string): void => set({ ...values, [field.key]: value });
    const value = values[field.key] ?? '';
    if (field.kind === 'choice' || field.kind === 'yes_no')
      return (
        <Select
          key={field.key}
          label={field.label}
          clearable
          value={value || null}
          data={
            field.kind === 'choice'
              ? field.choices
              : [
                  { value: 'yes', label: t('card.yes') },
                  { value: 'no', label: t('card.no') },
                ]
          }
          onChange={(next) => change(next ?? '')}
        />
      );
    if (field.kind === 'date')
      return <Day key={field.key} label={field.label} value={value} onChange={change} />;
    return (
      <TextInput
        key={field.key}
        label={field.label}
        type={field.kind === 'url' ? 'url' : 'text'}
        inputMode={field.kind === 'number' ? 'decimal' : undefined}
        value={value}
        onChange={(event) => change(event.currentTarget.value)}
      />
    );
  });
}
