/** A new installation: whoever comes first becomes the administrator. From another machine the printed code is asked for. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import type { Me, SetupState } from '../../api/types';
import { LanguageSwitch } from '../../app/UserMenu';
import { useWords } from '../../i18n';
import { ErrorTrouble, Notice } from '../../ui/Words';
import styles from './setup.module.css';

const SHORTEST_PASSWORD = 8;

interface Props {
  state: SetupState;
  onSignedIn: (me: Me) => void;
}

export function SetupDoor({ state, onSignedIn }: Props) {
  const { t, language } = useWords();
  const [name, setName] = useState('');
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const create = useMutation({
    mutationFn: () =>
      server.createAdministrator({
        login: login.trim(),
        name: name.trim(),
        password,
        language,
        code: code.trim() || null,
      }),
    onSuccess: onSignedIn,
  });
  return (
    <div className={styles.door}>
      <main className={styles.doorCard}>
        <img src="/mark.svg" width={48} height={48} alt="" />
        <h1>{t('setup.door.title')}</h1>
        <p className={styles.lead}>{t('setup.door.lead')}</p>
        <ol className={styles.ahead}>
          <li>{t('setup.door.ahead_you')}</li>
          <li>{t('setup.door.ahead_pbx')}</li>
          <li>{t('setup.door.ahead_people')}</li>
          <li>{t('setup.door.ahead_trial')}</li>
        </ol>
        {create.isError && <ErrorTrouble error={create.error} />}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          {state.code_needed && (
            <>
              <Notice>{t('setup.door.code_why')}</Notice>
              <TextInput
                label={t('setup.door.code')}
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
                required
                withAsterisk={false}
                size="md"
                value={code}
                onChange={(event) => setCode(event.currentTarget.value)}
              />
            </>
          )}
          <TextInput
            label={t('setup.door.name')}
            name="name"
            autoComplete="name"
            required
            withAsterisk={false}
            autoFocus
            size="md"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={t('sign_in.login')}
            name="login"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            size="md"
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('sign_in.password')}
            description={t('setup.door.password_about', { count: SHORTEST_PASSWORD })}
            name="password"
            autoComplete="new-password"
            required
            minLength={SHORTEST_PASSWORD}
            withAsterisk={false}
            size="md"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('sign_in.show_password') }}
          />
          <Button type="submit" size="md" fullWidth loading={create.isPending}>
            {t('setup.door.button')}
          </Button>
        </form>
        <LanguageSwitch />
      </main>
    </div>
  );
}
