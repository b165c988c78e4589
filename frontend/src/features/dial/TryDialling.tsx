/** Type a name or a number, see what dialling it would do: who it is, what speaks against it, what the PBX gets. */
import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import { useWords } from '../../i18n';
import { ErrorTrouble } from '../../ui/Words';
import styles from '../numbers/numbers.module.css';
import { Warnings, whomOf } from './Preview';

interface Props {
  /** Which settings are in force: with others it is asked anew. */
  version: number;
  unsaved: boolean;
}

export function TryDialling({ version, unsaved }: Props) {
  const { t } = useWords();
  const [text, setText] = useState('8 (495) 919-55-57');
  const [asking] = useDebouncedValue(text.trim(), 250);
  const tried = useQuery({
    queryKey: ['dialling/try', asking, version],
    queryFn: ({ signal }) => server.dialPreview(asking, null, signal),
    enabled: asking !== '',
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  });
  const { data, error } = tried;
  return (
    <section className={styles.trying} aria-label={t('dial_rules.try')}>
      <TextInput
        label={t('dial_rules.try')}
        description={t(unsaved ? 'dial_rules.try_unsaved' : 'dial_rules.try_saved')}
        value={text}
        size="md"
        maxLength={200}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error && <ErrorTrouble error={error} again={() => void tried.refetch()} />}
      <div role="status" className={styles.tried}>
        {asking === '' && <p>{t('dial_rules.try_start')}</p>}
        {asking !== '' && data && !error && (
          <>
            <p className={styles.verdict}>
              <strong>{whomOf(t, data)}</strong>
              <span>
                {t(
                  !data.allowed
                    ? 'dial_rules.would_not'
                    : data.warnings.length > 0
                      ? 'dial_rules.would_ask'
                      : 'dial_rules.would',
                )}
              </span>
            </p>
            <Warnings preview={data} />
            {data.allowed && (
              <p className={styles.out}>
                {t('dial_rules.gets')} <code>{data.dialled ?? data.query}</code>
                {data.device && (
                  <>
                    <br />
                    {t('dial_rules.from', { device: data.device })}
                  </>
                )}
              </p>
            )}
          </>
        )}
      </div>
    </section>
  );
}
