/** The fields of a phone system's connection. What is seldom needed is folded away. */
import { Checkbox, NumberInput, PasswordInput, TextInput } from '@mantine/core';

import type { PbxConnection } from '../../api/types';
import { useWords } from '../../i18n';
import { textOf } from './checks';
import styles from './pbxs.module.css';

export interface PbxValue {
  name: string;
  host: string;
  port: number;
  tls: boolean;
  verify: boolean;
  user: string;
  /** Empty: the one that is kept. */
  secret: string;
  /** Everything else that is set, as it is. */
  rest: Record<string, unknown>;
}

const PORT = 5038;
const TLS_PORT = 5039;

export const BLANK: PbxValue = {
  name: 'office',
  host: '',
  port: PORT,
  tls: false,
  verify: true,
  user: 'ringcard',
  secret: '',
  rest: {},
};

export function valueOf({ name, settings }: PbxConnection): PbxValue {
  const { host, port, tls, user, ...rest } = settings;
  const secure = tls as { verify?: boolean } | null | undefined;
  return {
    name,
    host: textOf(host),
    port: Number(port ?? PORT),
    tls: Boolean(secure),
    verify: secure?.verify ?? true,
    user: textOf(user),
    secret: '',
    rest: secure ? { ...rest, tls: secure } : rest,
  };
}

export function settingsOf(value: PbxValue): Record<string, unknown> {
  const { tls: kept, ...rest } = value.rest;
  return {
    ...rest,
    host: value.host.trim(),
    port: value.port,
    user: value.user.trim(),
    ...(value.secret ? { secret: value.secret } : {}),
    ...(value.tls ? { tls: { ...(kept as object | undefined), verify: value.verify } } : {}),
  };
}

interface Props {
  value: PbxValue;
  onChange: (value: PbxValue) => void;
  part: 'address' | 'account' | 'name';
  /** A secret is kept already. */
  secretKept?: boolean;
}

export function PbxFields({ value, onChange, part, secretKept = false }: Props) {
  const { t } = useWords();
  const set = (change: Partial<PbxValue>): void => onChange({ ...value, ...change });
  if (part === 'name')
    return (
      <TextInput
        label={t('pbxs.name')}
        description={t('pbxs.name_about')}
        value={value.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        className={styles.field}
      />
    );
  if (part === 'account')
    return (
      <div className={styles.pair}>
        <TextInput
          label={t('pbxs.user')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={value.user}
          onChange={(event) => set({ user: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('pbxs.secret')}
          placeholder={secretKept ? t('pbxs.secret_kept') : ''}
          autoComplete="off"
          value={value.secret}
          onChange={(event) => set({ secret: event.currentTarget.value })}
          visibilityToggleButtonProps={{ 'aria-label': t('sign_in.show_password') }}
        />
      </div>
    );
  return (
    <>
      <div className={styles.pair} data-port>
        <TextInput
          label={t('pbxs.host')}
          description={t('pbxs.host_about')}
          placeholder="192.0.2.10"
          autoCapitalize="none"
          spellCheck={false}
          value={value.host}
          onChange={(event) => set({ host: event.currentTarget.value })}
        />
        <NumberInput
          label={t('pbxs.port')}
          description={t('pbxs.port_about')}
          min={1}
          max={65_535}
          hideControls
          allowDecimal={false}
          value={value.port}
          onChange={(port) => set({ port: Number(port) || PORT })}
        />
      </div>
      <Checkbox
        label={t('pbxs.tls')}
        description={t('pbxs.tls_about')}
        checked={value.tls}
        onChange={(event) => {
          const tls = event.currentTarget.checked;
          const usual = value.port === (tls ? PORT : TLS_PORT);
          set({ tls, port: usual ? (tls ? TLS_PORT : PORT) : value.port });
        }}
      />
      {value.tls && (
        <Checkbox
          label={t('pbxs.verify')}
          description={t('pbxs.verify_about')}
          checked={value.verify}
          onChange={(event) => set({ verify: event.currentTarget.checked })}
        />
      )}
    </>
  );
}
