/** Where the dialplan asks ringcard, and the lines for it: names on displays, and signing in at a phone. */
import { NumberInput, TagsInput, TextInput } from '@mantine/core';

import type { SettingsSection } from '../../api/types';
import { useWords, type Word } from '../../i18n';
import { CopyText } from '../../ui/CopyText';
import { Field, FieldGroup, Fields } from '../../ui/form/Field';
import { SaveBar } from '../../ui/form/SaveBar';
import { Notice } from '../../ui/Words';
import { KeptSection, useSectionDraft } from '../settings/section';
import { nameLines, signInLines } from './lines';
import styles from './phones.module.css';

interface Value {
  port: number | null;
  host: string;
  allow: string[];
}

const FIELDS: Record<keyof Value, Word> = {
  port: 'dialplan.port',
  host: 'dialplan.host',
  allow: 'dialplan.allow',
};

const valueOf = (section: SettingsSection): Value => {
  const { port, host, allow } = section.values as unknown as Value;
  return { port, host, allow };
};

export const DialplanSection = () => <KeptSection name="agi" rows={4} Form={DialplanForm} />;

function DialplanForm({ kept }: { kept: SettingsSection }) {
  const { t } = useWords();
  const { draft, fixed, from } = useSectionDraft<Value>(kept, {
    valueOf,
    valuesOf: (value, on) => ({ ...on.values, ...value }),
  });
  const { value, set } = draft;
  const where = { host: value.host, port: value.port ?? 4573 };
  return (
    <Fields>
      <FieldGroup title={t('dialplan.listen')} about={t('dialplan.listen_about')}>
        <Field effect={t('dialplan.port_effect')} fromFile={from('port')}>
          <NumberInput
            label={t('dialplan.port')}
            min={1}
            max={65535}
            hideControls
            disabled={fixed('port')}
            value={value.port ?? ''}
            onChange={(port) => set({ port: typeof port === 'number' ? port : null })}
          />
        </Field>
        <Field effect={t('dialplan.host_effect')} fromFile={from('host')}>
          <TextInput
            label={t('dialplan.host')}
            disabled={fixed('host')}
            value={value.host}
            onChange={(event) => set({ host: event.currentTarget.value })}
          />
        </Field>
        <Field effect={t('dialplan.allow_effect')} fromFile={from('allow')}>
          <TagsInput
            label={t('dialplan.allow')}
            disabled={fixed('allow')}
            value={value.allow}
            splitChars={[',', ' ', ';']}
            onChange={(allow) => set({ allow })}
          />
        </Field>
      </FieldGroup>
      {value.port === null && <Notice>{t('dialplan.shut')}</Notice>}
      <Lines title={t('dialplan.sign_in')} about={t('dialplan.sign_in_about')} text={signInLines(where)} />
      <Lines title={t('dialplan.names')} about={t('dialplan.names_about')} text={nameLines(where)} />
      <SaveBar
        draft={draft}
        nameOf={(field) => t(FIELDS[field])}
        wordsOf={(field, said) => String(said[field] ?? t('draft.nothing'))}
      />
    </Fields>
  );
}

function Lines({ title, about, text }: { title: string; about: string; text: string }) {
  return (
    <FieldGroup title={title} about={about}>
      <pre className={styles.code} tabIndex={0} aria-label={title}>
        {text}
      </pre>
      <div>
        <CopyText text={text} />
      </div>
    </FieldGroup>
  );
}
