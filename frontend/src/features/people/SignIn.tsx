import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import type { Me } from '../../api/types';
import { LanguageSwitch } from '../../app/UserMenu';
import { useWords } from '../../i18n';
import { ErrorTrouble, Notice } from '../../ui/Words';
import styles from './people.module.css';

interface Props {
  /** The session ended while the desk was open. */
  ended: boolean;
  onSignedIn: (me: Me) => void;
}

export function SignIn({ ended, onSignedIn }: Props) {
  const { t } = useWords();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => server.signIn(login.trim(), password),
    onSuccess: onSignedIn,
  });
  return (
    <div className={styles.door}>
      <main className={styles.signIn}>
        <img src="/mark.svg" width={48} height={48} alt="" />
        <h1>{t('sign_in.title')}</h1>
        <p className={styles.lead}>{t('sign_in.lead')}</p>
        {ended && !signIn.isError && <Notice>{t('sign_in.ended')}</Notice>}
        {signIn.isError && <ErrorTrouble error={signIn.error} />}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate();
          }}
        >
          <TextInput
            label={t('sign_in.login')}
            name="login"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            autoFocus
            size="md"
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('sign_in.password')}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            size="md"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('sign_in.show_password') }}
          />
          <Button type="submit" size="md" fullWidth loading={signIn.isPending}>
            {t('sign_in.button')}
          </Button>
        </form>
        <LanguageSwitch />
      </main>
    </div>
  );
}
