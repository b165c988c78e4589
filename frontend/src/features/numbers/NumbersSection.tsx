/** How the company writes numbers: the settings `[company]`, beside a box in which any number shows what becomes of it. */
import { Select, Switch, TextInput } from '@mantine/core';
import { getCountries, getCountryCallingCode } from 'libphonenumber-js/min';
import { useMemo } from 'react';

import type { SettingsSection } from '../../api/types';
import { useWords, type Word } from '../../i18n';
import { Field, FieldGroup } from '../../ui/form/Field';
import { SaveBar } from '../../ui/form/SaveBar';
import { KeptSection, useSectionDraft } from '../settings/section';
import styles from './numbers.module.css';
import { planOf, valueOf, valuesOf, type Value } from './plan';
import { RuleList, ruleWords } from './RuleList';
import { Shadowed } from './Shadowed';
import { TryNumber } from './TryNumber';

const FIELDS: Record<keyof Value, Word> = {
  region: 'numbers.region',
  area_code: 'numbers.area_code',
  devices: 'numbers.devices',
  national_prefix: 'numbers.national_prefix',
  international_prefix: 'numbers.international_prefix',
  outside_prefix: 'numbers.outside_prefix',
  dial: 'numbers.dial',
  incoming: 'numbers.incoming',
  outgoing: 'numbers.outgoing',
  language: 'numbers.place_language',
  number_places: 'numbers.places',
};

export const NumbersSection = () => <KeptSection name="company" rows={8} Form={NumbersForm} />;

function NumbersForm({ kept }: { kept: SettingsSection }) {
  const { t, language } = useWords();
  const { draft, fixed, from } = useSectionDraft<Value>(kept, {
    valueOf,
    valuesOf,
  });
  const { value, set } = draft;
  const countries = useMemo(() => countriesIn(language), [language]);

  const text = (
    key: 'area_code' | 'devices' | 'national_prefix' | 'international_prefix' | 'outside_prefix',
  ) => ({
    label: t(FIELDS[key]),
    value: value[key],
    disabled: fixed(key),
    onChange: (event: { currentTarget: { value: string } }) => set({ [key]: event.currentTarget.value }),
  });

  return (
    <div className={styles.page}>
      <div className={styles.form}>
        <FieldGroup title={t('numbers.here')}>
          <Field effect={t('numbers.region_effect')} fromFile={from('region')}>
            <Select
              label={t('numbers.region')}
              data={countries}
              value={value.region}
              searchable
              allowDeselect={false}
              disabled={fixed('region')}
              nothingFoundMessage={t('numbers.no_country')}
              onChange={(region) => region && set({ region })}
            />
          </Field>
          <Field effect={t('numbers.area_code_effect')} fromFile={from('area_code')}>
            <TextInput {...text('area_code')} inputMode="numeric" />
          </Field>
          <Field effect={t('numbers.devices_effect')} fromFile={from('devices')}>
            <TextInput {...text('devices')} placeholder="101-199,201" />
          </Field>
          <Shadowed plan={planOf(value)} />
        </FieldGroup>
        <FieldGroup title={t('numbers.dialling')} about={t('numbers.dialling_about')}>
          <Field fromFile={from('dial')} effect={t('numbers.dial_effect')}>
            <Select
              label={t('numbers.dial')}
              data={[
                { value: 'e164', label: t('numbers.dial_e164') },
                { value: 'digits', label: t('numbers.dial_digits') },
                { value: 'national', label: t('numbers.dial_national') },
              ]}
              value={value.dial}
              allowDeselect={false}
              disabled={fixed('dial')}
              onChange={(dial) => dial && set({ dial: dial })}
            />
          </Field>
          <Field effect={t('numbers.outside_prefix_effect')} fromFile={from('outside_prefix')}>
            <TextInput {...text('outside_prefix')} inputMode="numeric" />
          </Field>
          <Field effect={t('numbers.national_prefix_effect')} fromFile={from('national_prefix')}>
            <TextInput
              {...text('national_prefix')}
              inputMode="numeric"
              placeholder={t('numbers.as_the_country')}
            />
          </Field>
          <Field effect={t('numbers.international_prefix_effect')} fromFile={from('international_prefix')}>
            <TextInput
              {...text('international_prefix')}
              inputMode="numeric"
              placeholder={t('numbers.as_the_country')}
            />
          </Field>
        </FieldGroup>
        <FieldGroup title={t('numbers.rules')} about={t('numbers.rules_about')}>
          {(['incoming', 'outgoing'] as const).map((which) => (
            <Field key={which} fromFile={from(which)}>
              <RuleList
                label={t(FIELDS[which])}
                rules={value[which]}
                disabled={fixed(which)}
                change={(rules) => set({ [which]: rules })}
              />
            </Field>
          ))}
        </FieldGroup>
        <FieldGroup title={t('numbers.home')}>
          <Field effect={t('numbers.places_effect')} fromFile={from('number_places')}>
            <Switch
              label={t('numbers.places')}
              checked={value.number_places}
              disabled={fixed('number_places')}
              onChange={(event) => set({ number_places: event.currentTarget.checked })}
            />
          </Field>
          <Field fromFile={from('language')}>
            <Select
              label={t('numbers.place_language')}
              data={[
                { value: 'ru', label: t('me.russian') },
                { value: 'en', label: t('me.english') },
              ]}
              value={value.language}
              allowDeselect={false}
              disabled={fixed('language') || !value.number_places}
              onChange={(next) => next && set({ language: next })}
            />
          </Field>
        </FieldGroup>
        <SaveBar
          draft={draft}
          nameOf={(field) => t(FIELDS[field])}
          wordsOf={(field, said) =>
            field === 'incoming' || field === 'outgoing'
              ? said[field].map((rule) => ruleWords(t, rule)).join('; ') || t('draft.nothing')
              : typeof said[field] === 'boolean'
                ? t(said[field] ? 'draft.yes' : 'draft.no')
                : said[field] || t('draft.nothing')
          }
        />
      </div>
      <TryNumber plan={planOf(value)} unsaved={draft.dirty} />
    </div>
  );
}

function countriesIn(language: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames([language], { type: 'region' });
  return getCountries()
    .map((country) => ({
      value: country,
      label: `${names.of(country) ?? country} (+${getCountryCallingCode(country)})`,
    }))
    .sort((one, other) => one.label.localeCompare(other.label, language));
}
