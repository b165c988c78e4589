/** The country, the area code and the internal numbers: how whatever a trunk writes becomes one number. */
import { Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getCountries, getCountryCallingCode } from 'libphonenumber-js';
import { useMemo, useState } from 'react';

import { server } from '../../api/server';
import type { SettingsSection } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { FromFile } from '../../ui/form/Field';
import { Trial } from '../../ui/form/Trial';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble } from '../../ui/Words';
import { devicesFound } from '../pbxs/checks';
import { companyValues, languageAtFirst } from './company';
import { Onwards, type StepProps } from './steps';
import styles from './setup.module.css';

const SECTION = ['settings', 'company'];

export function NumbersStep({ next, skip, moving }: StepProps) {
  const asked = useQuery({ queryKey: SECTION, queryFn: () => server.settings('company') });
  const guessed = useQuery({
    queryKey: ['setup', 'ranges'],
    queryFn: async () => {
      const { items } = await server.pbxSettings();
      const looked = await Promise.all(
        items.map(({ name, type, settings }) => server.examinePbx({ name, type, settings })),
      );
      return looked
        .map((each) => devicesFound(each).ranges)
        .filter(Boolean)
        .join(',');
    },
    staleTime: Infinity,
    retry: false,
  });
  if (asked.isError) return <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />;
  if (!asked.data || guessed.isPending) return <Waiting rows={6} />;
  return <Form section={asked.data} guessed={guessed.data ?? ''} next={next} skip={skip} moving={moving} />;
}

function Form({
  section,
  guessed,
  next,
  skip,
  moving,
}: StepProps & { section: SettingsSection; guessed: string }) {
  const { t, language } = useWords();
  const values = section.values as { region: string; area_code: string | null; devices: string };
  const isFixed = (key: string): boolean => section.fixed.includes(key);
  const [region, setRegion] = useState(values.region);
  const [areaCode, setAreaCode] = useState(values.area_code ?? '');
  const [devices, setDevices] = useState(values.devices || guessed);
  const [placesIn, setPlacesIn] = useState(() => languageAtFirst(section, language));
  const [text, setText] = useState('');
  const countries = useMemo(() => {
    const names = new Intl.DisplayNames(language, { type: 'region' });
    return getCountries()
      .map((code) => ({
        value: code,
        label: `${names.of(code) ?? code} (+${getCountryCallingCode(code)})`,
      }))
      .sort((one, other) => one.label.localeCompare(other.label, language));
  }, [language]);
  const plan = { region, area_code: areaCode.trim() || null, devices: devices.trim() };
  const save = useMutation({
    mutationFn: () =>
      server.changeSettings(
        'company',
        section.version,
        companyValues(section, { ...plan, language: placesIn }),
      ),
    onSuccess: next,
  });
  return (
    <>
      <div className={styles.fields}>
        <Select
          label={t('setup.numbers.country')}
          description={t('setup.numbers.country_about')}
          data={countries}
          value={region}
          onChange={(value) => value && setRegion(value)}
          searchable
          allowDeselect={false}
          disabled={isFixed('region')}
        />
        {isFixed('region') && <FromFile of="company.region" />}
        <TextInput
          label={t('setup.numbers.area_code')}
          description={t('setup.numbers.area_code_about')}
          inputMode="numeric"
          value={areaCode}
          onChange={(event) => setAreaCode(event.currentTarget.value)}
          disabled={isFixed('area_code')}
        />
        {isFixed('area_code') && <FromFile of="company.area_code" />}
        <TextInput
          label={t('setup.numbers.devices')}
          description={t(guessed ? 'setup.numbers.devices_guessed' : 'setup.numbers.devices_about')}
          placeholder="101-199,201"
          value={devices}
          onChange={(event) => setDevices(event.currentTarget.value)}
          disabled={isFixed('devices')}
        />
        {isFixed('devices') && <FromFile of="company.devices" />}
        <Select
          label={t('setup.numbers.language')}
          description={t('setup.numbers.language_about')}
          data={[
            { value: 'ru', label: t('me.russian') },
            { value: 'en', label: t('me.english') },
          ]}
          value={placesIn}
          onChange={(value) => value && setPlacesIn(value)}
          allowDeselect={false}
          disabled={isFixed('language')}
        />
        {isFixed('language') && <FromFile of="company.language" />}
        <div className={styles.try}>
          <TextInput
            label={t('setup.numbers.try')}
            description={t('setup.numbers.try_about')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Trial
            label={t('setup.numbers.try_button')}
            of={[plan, text]}
            disabled={!text.trim()}
            run={async () => {
              const tried = await server.tryNumber(text, { ...plan, outside_prefix: '' });
              return {
                ok: tried.kind !== 'unreadable',
                words: tried.number
                  ? t('setup.numbers.is_number', { number: formatPhone(tried.number) })
                  : t('setup.numbers.is_no_number', { text }),
              };
            }}
          />
        </div>
      </div>
      {save.isError && <ErrorTrouble error={save.error} />}
      <Onwards
        words={t('setup.save_and_next')}
        onClick={() => save.mutate()}
        busy={save.isPending}
        skip={skip}
        moving={moving}
      />
    </>
  );
}
