/** A live test next to what it tests: a button, and what came of it in words. */
import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { errorWords } from '../../app/errors';
import { useWords } from '../../i18n';
import styles from './form.module.css';

export interface Outcome {
  ok: boolean;
  words: ReactNode;
}

interface Props {
  /** A verb: “Test the login”. */
  label: string;
  /** What is tried: an outcome is no longer vouched for when this has changed. */
  of: unknown;
  run: () => Promise<Outcome>;
  disabled?: boolean;
}

export function Trial({ label, of, run, disabled = false }: Props) {
  const { t } = useWords();
  const now = JSON.stringify(of);
  const trial = useMutation({ mutationFn: async () => ({ ...(await run()), of: now }) });
  const outcome: (Outcome & { of: string }) | null = trial.data ?? null;
  const failed = trial.isError || outcome?.ok === false;
  const older = outcome !== null && outcome.of !== now;
  return (
    <div className={styles.trial}>
      <Button
        variant="default"
        size="compact-sm"
        loading={trial.isPending}
        disabled={disabled}
        onClick={() => trial.mutate()}
      >
        {label}
      </Button>
      <div role="status" className={styles.outcome} data-failed={(failed && !older) || undefined}>
        {trial.isPending && t('draft.trial_running')}
        {trial.isError && (
          <>
            <IconAlertTriangle size={16} aria-hidden="true" />
            <span>{errorWords(t, trial.error)}</span>
          </>
        )}
        {outcome &&
          (older ? (
            <span>{t('draft.trial_older')}</span>
          ) : (
            <>
              {outcome.ok ? (
                <IconCheck size={16} aria-hidden="true" />
              ) : (
                <IconAlertTriangle size={16} aria-hidden="true" />
              )}
              <div>{outcome.words}</div>
            </>
          ))}
      </div>
    </div>
  );
}
