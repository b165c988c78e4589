import { Checkbox, SegmentedControl, TagsInput, TextInput } from '@mantine/core';

import { useWords } from '../../i18n';
import type { Fields } from './ContactForm';
import { CustomInputs } from './CustomInputs';
import styles from './contacts.module.css';

/** What the card can hold besides who it is and how to reach them. */
export function MoreFields({ fields, set }: { fields: Fields; set: (change: Partial<Fields>) => void }) {
  const { t } = useWords();
  return (
    <>
      <TextInput
        label={t('form.position')}
        value={fields.position ?? ''}
        onChange={(event) => set({ position: event.currentTarget.value })}
      />
      <TextInput
        label={t('contacts.city')}
        value={fields.city ?? ''}
        onChange={(event) => set({ city: event.currentTarget.value })}
      />
      <TextInput
        label={t('contacts.segment')}
        value={fields.segment ?? ''}
        onChange={(event) => set({ segment: event.currentTarget.value })}
      />
      <CustomInputs values={fields.custom} set={(custom) => set({ custom })} />
      <TagsInput label={t('form.tags')} value={fields.tags} onChange={(tags) => set({ tags })} />
      <div className={styles.kind}>
        <SegmentedControl
          aria-label={t('form.kind')}
          size="xs"
          value={fields.kind}
          onChange={(kind) => set({ kind: kind === 'organisation' ? 'organisation' : 'person' })}
          data={[
            { value: 'person', label: t('form.person') },
            { value: 'organisation', label: t('form.is_organisation') },
          ]}
        />
        <Checkbox
          label={t('desk.mark.vip')}
          checked={fields.vip}
          onChange={(event) => set({ vip: event.currentTarget.checked })}
        />
      </div>
    </>
  );
}
