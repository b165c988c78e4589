/**
 * Connecting a phone system: where it is, what to write into its manager.conf, a look at it that says what is so, and
 * only then it is ours.
 */
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import type { PbxConnection } from '../../api/types';
import { useWords } from '../../i18n';
import { ErrorTrouble, Notice } from '../../ui/Words';
import { CheckList } from './CheckList';
import { isUsable } from './checks';
import { HandlingLines } from './HandlingLines';
import { Lines } from './Lines';
import { BLANK, PbxFields, settingsOf, type PbxValue } from './PbxFields';
import styles from './pbxs.module.css';

export function NewPbx({ onAdded }: { onAdded: (pbx: PbxConnection) => void }) {
  const { t } = useWords();
  const [value, setValue] = useState<PbxValue>(BLANK);
  const account = useMutation({
    mutationFn: () => server.proposeAccount(value.host.trim()),
    onSuccess: (proposed) => setValue({ ...value, user: proposed.user, secret: proposed.secret }),
  });
  const look = useMutation({
    mutationFn: async () => ({
      examination: await server.examinePbx({ type: 'asterisk', settings: settingsOf(value) }),
      of: value,
    }),
  });
  const add = useMutation({
    mutationFn: () => server.addPbx({ name: value.name.trim(), settings: settingsOf(value) }),
    onSuccess: onAdded,
  });
  const looked = look.data && look.data.of === value ? look.data.examination : null;
  const whole = Boolean(value.host.trim() && value.user.trim() && value.secret);
  return (
    <div className={styles.new}>
      <section className={styles.part} aria-label={t('pbxs.where')}>
        <h2>{t('pbxs.where')}</h2>
        <PbxFields value={value} onChange={setValue} part="address" />
      </section>
      <section className={styles.part} aria-label={t('pbxs.there')}>
        <h2>{t('pbxs.there')}</h2>
        <p>{t('pbxs.there_about')}</p>
        {account.data ? (
          <>
            <Lines title={t('lines.account_file')} lines={account.data.lines} />
            <Lines
              title={t('lines.reload_title')}
              lines={[{ text: "asterisk -rx 'manager reload'", why: 'reload' }]}
            />
            <details className={styles.more}>
              <summary>{t('lines.general_title')}</summary>
              <Lines title={t('lines.general_file')} lines={account.data.general} />
            </details>
            <Notice>{t('lines.dialplan')}</Notice>
            <HandlingLines />
          </>
        ) : (
          <Button
            variant="default"
            className={styles.own}
            disabled={!value.host.trim()}
            loading={account.isPending}
            onClick={() => account.mutate()}
          >
            {t('pbxs.show_lines')}
          </Button>
        )}
        {account.isError && <ErrorTrouble error={account.error} />}
      </section>
      <section className={styles.part} aria-label={t('pbxs.account')}>
        <h2>{t('pbxs.account')}</h2>
        <PbxFields value={value} onChange={setValue} part="account" />
        <div className={styles.buttons}>
          <Button
            variant={looked && isUsable(looked) ? 'default' : 'filled'}
            disabled={!whole}
            loading={look.isPending}
            onClick={() => look.mutate()}
          >
            {t(looked ? 'pbxs.look_again' : 'pbxs.look')}
          </Button>
          {look.isPending && <span role="status">{t('pbxs.looking')}</span>}
        </div>
        {look.isError && <ErrorTrouble error={look.error} />}
        {looked && <CheckList examination={looked} />}
        {looked && isUsable(looked) && (
          <>
            <PbxFields value={value} onChange={setValue} part="name" />
            <Button
              className={styles.own}
              size="md"
              disabled={!value.name.trim()}
              loading={add.isPending}
              onClick={() => add.mutate()}
            >
              {t('pbxs.connect')}
            </Button>
          </>
        )}
        {add.isError && <ErrorTrouble error={add.error} />}
      </section>
    </div>
  );
}
