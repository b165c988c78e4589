/** Tokens of programs: make one, see when it was used, revoke it. */
import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { useMay } from '../../app/rights';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { CopyText } from '../../ui/CopyText';
import { Moment } from '../../ui/Moment';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble, Notice } from '../../ui/Words';
import { people, PERMISSIONS, permissionKey } from './api';
import styles from './rights.module.css';

const DAYS = ['30', '90', '365', 'never'] as const;

export function TokensSection() {
  const { t } = useWords();
  const may = useMay();
  const { me } = useSession();
  const cache = useQueryClient();
  const everybody = may('tokens.manage');
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>([]);
  const [days, setDays] = useState<string>('90');
  const tokens = useQuery({ queryKey: ['tokens', everybody], queryFn: () => people.tokens(everybody) });
  const again = () => cache.invalidateQueries({ queryKey: ['tokens'] });
  const add = useMutation({
    mutationFn: () =>
      people.addToken({
        name,
        scopes: scopes,
        expires_at: days === 'never' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString(),
      }),
    onSuccess: () => {
      setName('');
      setScopes([]);
    },
    onSettled: again,
  });
  const revoke = useMutation({ mutationFn: people.revoke, onSettled: again });
  const error = add.error ?? revoke.error ?? tokens.error;
  return (
    <div className={styles.stack}>
      {error && <ErrorTrouble error={error} />}
      {add.data && (
        <Notice>
          <p>{t('rights.token_once', { name: add.data.token.name })}</p>
          <code className={styles.secret}>{add.data.secret}</code>
          <CopyText text={add.data.secret} mt={8} />
        </Notice>
      )}
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <h2>{t('rights.new_token')}</h2>
        <TextInput
          label={t('rights.token_name')}
          description={t('rights.token_name_help')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
        />
        <Checkbox.Group
          label={t('rights.scopes')}
          description={t('rights.scopes_help')}
          value={scopes}
          onChange={setScopes}
        >
          <div className={styles.grid}>
            {PERMISSIONS.filter((each) => me.permissions.includes(each)).map((each) => (
              <Checkbox key={each} value={each} label={t(`rights.permission.${permissionKey(each)}`)} />
            ))}
          </div>
        </Checkbox.Group>
        <Select
          label={t('rights.valid')}
          data={DAYS.map((value) => ({ value, label: t(`rights.valid_for.${value}`) }))}
          value={days}
          onChange={(next) => next && setDays(next)}
          allowDeselect={false}
        />
        <div>
          <Button type="submit" disabled={scopes.length === 0} loading={add.isPending}>
            {t('rights.make_token')}
          </Button>
        </div>
      </form>
      {!tokens.data ? (
        <Waiting rows={3} />
      ) : tokens.data.items.length === 0 ? (
        <p className={styles.quiet}>{t('rights.no_tokens')}</p>
      ) : (
        <table className={styles.list}>
          <thead>
            <tr>
              <th scope="col">{t('rights.program')}</th>
              <th scope="col" data-wide>
                {t('rights.whose')}
              </th>
              <th scope="col">{t('rights.used')}</th>
              <th scope="col">{t('rights.until')}</th>
              <th scope="col">
                <span className="for-readers">{t('rights.revoke')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tokens.data.items.map((token) => (
              <tr key={token.token_id}>
                <td>
                  <strong>{token.name}</strong>
                  <div className={styles.quiet}>
                    {PERMISSIONS.filter((each) => token.scopes.includes(each))
                      .map((each) => t(`rights.permission.${permissionKey(each)}`))
                      .join(', ')}
                  </div>
                </td>
                <td data-wide>{token.owner_name}</td>
                <td>{token.used_at ? <Moment at={token.used_at} /> : t('rights.never')}</td>
                <td>{token.expires_at ? <Moment at={token.expires_at} /> : t('rights.no_end')}</td>
                <td>
                  <Button size="compact-sm" variant="default" onClick={() => revoke.mutate(token.token_id)}>
                    {t('rights.revoke')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
