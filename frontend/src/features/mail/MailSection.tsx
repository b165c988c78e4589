/** Where letters about missed calls are handed in: the settings `[mail]`, with a test mail. */
import { NumberInput, PasswordInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';

import { ask } from '../../api/http';
import type { SettingsSection } from '../../api/types';
import type { components } from '../../client/schema';
import { useWords, type Word } from '../../i18n';
import { Field, FieldGroup, Fields } from '../../ui/form/Field';
import { SaveBar } from '../../ui/form/SaveBar';
import { Trial } from '../../ui/form/Trial';
import { KeptSection, useSectionDraft } from '../settings/section';

const SECURITY = ['starttls', 'tls', 'none'] as const;
const REASONS = [
  'login',
  'sender',
  'recipient',
  'silent',
  'certificate',
  'unreachable',
  'no_tls',
  'address',
  'refused',
] as const;

interface Value {
  host: string;
  port: number;
  security: (typeof SECURITY)[number];
  user: string;
  /** Only what is typed: the server does not tell the one it has. */
  password: string;
  sender: string;
  desk_url: string;
}

const FIELDS: Record<keyof Value, Word> = {
  host: 'mail.host',
  port: 'mail.port',
  security: 'mail.security',
  user: 'mail.user',
  password: 'mail.password',
  sender: 'mail.sender',
  desk_url: 'mail.desk_url',
};

function valueOf(section: SettingsSection): Value {
  const held = section.values as unknown as Omit<Value, 'host' | 'user' | 'desk_url'> &
    Record<'host' | 'user' | 'desk_url', string | null>;
  return {
    host: held.host ?? '',
    port: held.port,
    security: held.security,
    user: held.user ?? '',
    password: '',
    sender: held.sender,
    desk_url: held.desk_url ?? '',
  };
}

/** What is empty is not set; a password that was not typed is left out, and stays. */
function valuesOf({ password, ...value }: Value, on: SettingsSection): Record<string, unknown> {
  const said: Record<string, unknown> = { deadline_s: on.values.deadline_s };
  for (const [key, each] of Object.entries(value)) said[key] = each === '' ? null : each;
  return password ? { ...said, password } : said;
}

export const MailSection = () => <KeptSection name="mail" rows={6} Form={MailForm} />;

function MailForm({ kept }: { kept: SettingsSection }) {
  const { t, language } = useWords();
  const [to, setTo] = useState('');
  const { draft, fixed, from } = useSectionDraft<Value>(kept, {
    valueOf,
    valuesOf,
    alsoSays: 'preferences',
  });
  const { value, set } = draft;
  const text = (key: 'host' | 'user' | 'sender' | 'desk_url', effect: Word) => (
    <Field effect={t(effect)} fromFile={from(key)}>
      <TextInput
        label={t(FIELDS[key])}
        disabled={fixed(key)}
        value={value[key]}
        autoComplete="off"
        onChange={(event) => set({ [key]: event.currentTarget.value })}
      />
    </Field>
  );
  const send = async () => {
    const tried = await ask<components['schemas']['MailTried']>('POST', '/settings/mail/try', {
      values: valuesOf(value, kept),
      to,
      language,
    });
    const reason = REASONS.find((each) => each === tried.reason) ?? 'refused';
    return {
      ok: tried.sent,
      words: tried.sent ? (
        t('mail.sent', { to })
      ) : (
        <>
          {t(`mail.wrong_${reason}`)} {tried.said && <code>{tried.said}</code>}
        </>
      ),
    };
  };
  return (
    <Fields>
      <FieldGroup title={t('mail.server')} about={t('mail.server_about')}>
        {text('host', 'mail.host_effect')}
        <Field effect={t('mail.security_effect')} fromFile={from('security')}>
          <Select
            label={t('mail.security')}
            disabled={fixed('security')}
            data={SECURITY.map((each) => ({ value: each, label: t(`mail.security_${each}`) }))}
            value={value.security}
            allowDeselect={false}
            onChange={(security) =>
              security && set({ security, port: { starttls: 587, tls: 465, none: 25 }[security] })
            }
          />
        </Field>
        <Field fromFile={from('port')}>
          <NumberInput
            label={t('mail.port')}
            min={1}
            max={65535}
            hideControls
            disabled={fixed('port')}
            value={value.port}
            onChange={(port) => typeof port === 'number' && set({ port })}
          />
        </Field>
        {text('user', 'mail.user_effect')}
        <Field
          effect={t(kept.secrets.includes('password') ? 'mail.password_kept' : 'mail.password_effect')}
          fromFile={from('password')}
        >
          <PasswordInput
            label={t('mail.password')}
            disabled={fixed('password')}
            value={value.password}
            autoComplete="new-password"
            onChange={(event) => set({ password: event.currentTarget.value })}
          />
        </Field>
      </FieldGroup>
      <FieldGroup title={t('mail.letters')}>
        {text('sender', 'mail.sender_effect')}
        {text('desk_url', 'mail.desk_url_effect')}
      </FieldGroup>
      <FieldGroup title={t('mail.try')} about={t('mail.try_about')}>
        <TextInput
          type="email"
          label={t('mail.to')}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Trial
          label={t('mail.send')}
          of={{ value, to }}
          run={send}
          disabled={!value.host || !/^\S+@\S+$/.test(to)}
        />
      </FieldGroup>
      <SaveBar
        draft={draft}
        nameOf={(field) => t(FIELDS[field])}
        wordsOf={(field, said) => (field === 'password' ? '•••' : String(said[field] || t('draft.nothing')))}
      />
    </Fields>
  );
}
