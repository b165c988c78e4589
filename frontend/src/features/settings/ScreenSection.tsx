/** How this browser shows ringcard: everybody's own, kept here and in all tabs alike. */
import { Button, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useState } from 'react';

import { install, useApp } from '../../app/pwa';
import { setDensity, useDensity } from '../../app/preferences';
import { speak, useWords } from '../../i18n';
import { Field, Fields } from '../../ui/form/Field';
import { Notice } from '../../ui/Words';

export function ScreenSection() {
  const { t, language } = useWords();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const density = useDensity();
  const { installable } = useApp();
  return (
    <Fields>
      <Notice>{t('screen_section.kept')}</Notice>
      <Field label={t('me.language')} effect={t('screen_section.language_effect')}>
        <SegmentedControl
          aria-label={t('me.language')}
          value={language}
          onChange={(next) => void speak(next === 'ru' ? 'ru' : 'en', true)}
          data={[
            { value: 'ru', label: <span lang="ru">{t('me.russian')}</span> },
            { value: 'en', label: <span lang="en">{t('me.english')}</span> },
          ]}
        />
      </Field>
      <Field label={t('me.theme')} effect={t('screen_section.theme_effect')}>
        <SegmentedControl
          aria-label={t('me.theme')}
          value={colorScheme}
          onChange={setColorScheme}
          data={[
            { value: 'light', label: t('me.light') },
            { value: 'dark', label: t('me.dark') },
            { value: 'auto', label: t('me.system') },
          ]}
        />
      </Field>
      <Field label={t('me.density')} effect={t('screen_section.density_effect')}>
        <SegmentedControl
          aria-label={t('me.density')}
          value={density}
          onChange={setDensity}
          data={[
            { value: 'compact', label: t('me.compact') },
            { value: 'roomy', label: t('me.roomy') },
          ]}
        />
      </Field>
      <Field
        effect={t(installable ? 'screen_section.install_effect' : 'screen_section.install_elsewhere')}
        label={t('screen_section.install')}
      >
        {installable && (
          <Button variant="default" onClick={() => void install()}>
            {t('screen_section.install_now')}
          </Button>
        )}
      </Field>
      <PhoneLinks />
    </Fields>
  );
}

/** Whether they were let is told to nobody: the browser asks, and keeps the answer to itself. */
function PhoneLinks() {
  const { t } = useWords();
  const [asked, setAsked] = useState(false);
  const able = window.isSecureContext && 'registerProtocolHandler' in navigator;
  const register = (): void => {
    for (const scheme of ['tel', 'web+callto'])
      navigator.registerProtocolHandler(scheme, `${location.origin}/dial?number=%s`);
    setAsked(true);
  };
  return (
    <Field
      label={t('screen_section.links')}
      effect={t(able ? 'screen_section.links_effect' : 'screen_section.links_not')}
    >
      {able && (
        <Button variant="default" onClick={register}>
          {t('screen_section.links_now')}
        </Button>
      )}
      <div role="status">{asked && <Notice>{t('screen_section.links_asked')}</Notice>}</div>
    </Field>
  );
}
