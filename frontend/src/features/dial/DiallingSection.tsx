/** What may be dialled from the screen and what is shown there: the settings `[dialling]`, beside a trial. */
import { Autocomplete, NumberInput, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { server } from '../../api/server';
import type { SettingsSection } from '../../api/types';
import { useMay } from '../../app/rights';
import { useWords, type Word } from '../../i18n';
import { useLive } from '../../live/store';
import { Field, FieldGroup } from '../../ui/form/Field';
import { Lines } from '../../ui/form/Lines';
import { SaveBar } from '../../ui/form/SaveBar';
import styles from '../numbers/numbers.module.css';
import { Shadowed } from '../numbers/Shadowed';
import type { Pair } from '../settings/pairs';
import { KeptSection, useSectionDraft } from '../settings/section';
import { problemOf, rulesOf, valuesOf, type Rules } from './rules';
import { TryDialling } from './TryDialling';

const FIELDS: Record<keyof Rules, Word> = {
  caller_ids: 'dial_rules.caller_ids',
  blocked: 'dial_rules.blocked',
  premium: 'dial_rules.premium',
  quiet_from: 'dial_rules.quiet_from',
  quiet_to: 'dial_rules.quiet_to',
  do_not_call_field: 'dial_rules.do_not_call_field',
  voicemail: 'dial_rules.voicemail',
  twins: 'dial_rules.twins',
  queues: 'dial_rules.queues',
};
const EMPTY: Pair = { one: '', other: '' };

export const DiallingSection = () => <KeptSection name="dialling" rows={8} Form={DiallingForm} />;

function DiallingForm({ kept }: { kept: SettingsSection }) {
  const { t } = useWords();
  const may = useMay();
  const queues = useLive((state) => state.queues);
  const fields = useQuery({ queryKey: ['card-fields'], queryFn: server.cardFields, staleTime: 60_000 });
  const { draft, fixed, from } = useSectionDraft<Rules>(kept, {
    valueOf: rulesOf,
    valuesOf,
  });
  const { value, set } = draft;
  const marks = fields.data?.items.filter((each) => each.kind === 'yes_no').map((each) => each.key);
  const unknownMark = marks !== undefined && !marks.includes(value.do_not_call_field.trim());
  const numbers = (key: 'caller_ids' | 'blocked' | 'premium', effect: Word) => (
    <Field effect={t(effect)} fromFile={from(key)}>
      <TagsInput
        label={t(FIELDS[key])}
        value={value[key]}
        disabled={fixed(key)}
        splitChars={[',', ';']}
        onChange={(next) => set({ [key]: next })}
      />
    </Field>
  );
  const hour = (key: 'quiet_from' | 'quiet_to', effect?: Word) => (
    <Field effect={effect && t(effect)} fromFile={from(key)}>
      <NumberInput
        label={t(FIELDS[key])}
        suffix=":00"
        min={0}
        max={24}
        allowDecimal={false}
        disabled={fixed(key)}
        value={value[key]}
        onChange={(next) => typeof next === 'number' && set({ [key]: next })}
      />
    </Field>
  );
  return (
    <div className={styles.page}>
      <div className={styles.form}>
        <FieldGroup title={t('dial_rules.limits')} about={t('dial_rules.limits_about')}>
          <Shadowed plan={null} />
          {numbers('blocked', 'dial_rules.blocked_effect')}
          {numbers('premium', 'dial_rules.premium_effect')}
          {hour('quiet_from')}
          {hour('quiet_to', 'dial_rules.quiet_effect')}
          <Field effect={t('dial_rules.do_not_call_effect')} fromFile={from('do_not_call_field')}>
            <Autocomplete
              label={t(FIELDS.do_not_call_field)}
              data={marks ?? []}
              value={value.do_not_call_field}
              disabled={fixed('do_not_call_field')}
              description={unknownMark ? t('dial_rules.do_not_call_missing') : undefined}
              inputWrapperOrder={['label', 'input', 'description']}
              onChange={(next) => set({ do_not_call_field: next })}
            />
          </Field>
        </FieldGroup>
        <FieldGroup title={t('dial_rules.shown')} about={t('dial_rules.shown_about')}>
          {numbers('caller_ids', 'dial_rules.caller_ids_effect')}
        </FieldGroup>
        <FieldGroup title={t('dial_rules.ways')} about={t('dial_rules.ways_about')}>
          <Field effect={t('dial_rules.voicemail_effect')} fromFile={from('voicemail')}>
            <TextInput
              label={t(FIELDS.voicemail)}
              value={value.voicemail}
              disabled={fixed('voicemail')}
              onChange={(event) => set({ voicemail: event.currentTarget.value })}
            />
          </Field>
          <Field fromFile={from('queues')}>
            <Lines
              label={t(FIELDS.queues)}
              lines={value.queues}
              change={(next) => set({ queues: next })}
              disabled={fixed('queues')}
              fresh={EMPTY}
              none={t('dial_rules.queues_none')}
              add={t('dial_rules.add_queue')}
              nameOf={(line) => line.one || line.other}
            >
              {(line, put, first) => (
                <>
                  <Autocomplete
                    label={t('dial_rules.queue')}
                    description={first && t('dial_rules.queue_help')}
                    inputWrapperOrder={['label', 'input', 'description']}
                    data={[...new Set(Object.values(queues).map(({ queue }) => queue))]}
                    value={line.one}
                    onChange={(one) => put({ one })}
                  />
                  <TextInput
                    label={t('dial_rules.extension')}
                    placeholder="600"
                    value={line.other}
                    onChange={(event) => put({ other: event.currentTarget.value })}
                  />
                </>
              )}
            </Lines>
          </Field>
          <Field fromFile={from('twins')}>
            <Lines
              label={t(FIELDS.twins)}
              lines={value.twins}
              change={(next) => set({ twins: next })}
              disabled={fixed('twins')}
              fresh={EMPTY}
              none={t('dial_rules.twins_none')}
              add={t('dial_rules.add_twin')}
              nameOf={(line) => line.one || line.other}
            >
              {(line, put, first) => (
                <>
                  <TextInput
                    label={t('dial_rules.twin')}
                    placeholder="301"
                    value={line.one}
                    onChange={(event) => put({ one: event.currentTarget.value })}
                  />
                  <TextInput
                    label={t('dial_rules.mobile')}
                    description={first && t('dial_rules.mobile_help')}
                    inputWrapperOrder={['label', 'input', 'description']}
                    inputMode="tel"
                    value={line.other}
                    onChange={(event) => put({ other: event.currentTarget.value })}
                  />
                </>
              )}
            </Lines>
          </Field>
        </FieldGroup>
        <SaveBar
          draft={draft}
          problem={problemOf(t, value)}
          nameOf={(field) => t(FIELDS[field])}
          wordsOf={(field, said) => {
            const each = said[field];
            if (!Array.isArray(each)) return String(each) || t('draft.nothing');
            const texts = each.map((line) =>
              typeof line === 'string' ? line : t('dial_rules.pair', { ...line }),
            );
            return texts.join(', ') || t('draft.nothing');
          }}
        />
      </div>
      {may('calls.make') && <TryDialling version={kept.version} unsaved={draft.dirty} />}
    </div>
  );
}
