/** Type a number, see what becomes of it, step by step, by the plan as it stands on the form. */
import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import type { NumberingPlan, NumberKind, NumberStep } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { ErrorTrouble } from '../../ui/Words';
import styles from './numbers.module.css';

interface Props {
  /** Null: the plan in force. */
  plan: NumberingPlan | null;
  unsaved?: boolean;
}

export function TryNumber({ plan, unsaved = false }: Props) {
  const { t } = useWords();
  const [text, setText] = useState('8 (495) 919-55-57');
  const [asking] = useDebouncedValue({ text, plan }, 200);
  const tried = useQuery({
    queryKey: ['numbers/try', asking],
    queryFn: () => server.tryNumber(asking.text, asking.plan),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const { data, error } = tried;
  return (
    <section className={styles.trying} aria-label={t('numbers.try')}>
      <TextInput
        label={t('numbers.try')}
        description={t(unsaved ? 'numbers.try_unsaved' : 'numbers.try_saved')}
        value={text}
        size="md"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error && <ErrorTrouble error={error} again={() => void tried.refetch()} />}
      {data && !error && (
        <div role="status" className={styles.tried}>
          <p className={styles.verdict}>
            <strong>{data.number ? formatPhone(data.number) : text.trim() || '—'}</strong>
            <span>{t(`numbers.kind.${data.kind as NumberKind}`)}</span>
          </p>
          <Steps title={t('numbers.read')} steps={data.read} />
          <Steps title={t('numbers.dialled')} steps={data.dial} />
          <p className={styles.out}>
            {data.dialled === null ? (
              t('numbers.not_dialled')
            ) : (
              <>
                {t('numbers.pbx_gets')} <code>{data.dialled}</code>
              </>
            )}
          </p>
        </div>
      )}
    </section>
  );
}

function Steps({ title, steps }: { title: string; steps: NumberStep[] }) {
  const { t } = useWords();
  if (steps.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ol className={styles.steps}>
        {steps.map((step, place) => (
          <li key={place}>
            <span>{t(`numbers.step.${step.name}`)}</span>
            {step.after && step.after !== step.before && (
              <span>
                <code>{step.before}</code> → <code>{step.after}</code>
              </span>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
