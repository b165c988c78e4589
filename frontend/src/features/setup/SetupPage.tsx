/**
 * The wizard: one step at a time, each may be skipped and come back to. Where it stands is kept on the server, so that a
 * closed tab, another browser or a colleague goes on at the same place.
 */
import { Button } from '@mantine/core';
import { IconCheck, IconMinus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ComponentType } from 'react';

import { server } from '../../api/server';
import type { SetupState } from '../../api/types';
import { useWords } from '../../i18n';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble } from '../../ui/Words';
import { ContactsStep } from './ContactsStep';
import { NumbersStep } from './NumbersStep';
import { PbxStep } from './PbxStep';
import { PeopleStep } from './PeopleStep';
import { SETUP, type StepName, type StepProps } from './steps';
import { TrialStep } from './TrialStep';
import styles from './setup.module.css';

const STEPS: readonly { name: StepName; Page: ComponentType<StepProps> }[] = [
  { name: 'pbx', Page: PbxStep },
  { name: 'people', Page: PeopleStep },
  { name: 'numbers', Page: NumbersStep },
  { name: 'contacts', Page: ContactsStep },
  { name: 'trial', Page: TrialStep },
];

export function SetupPage() {
  const asked = useQuery({ queryKey: SETUP, queryFn: server.setup });
  if (asked.isError) return <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />;
  if (!asked.data) return <Waiting rows={6} />;
  return <Wizard state={asked.data} />;
}

function Wizard({ state }: { state: SetupState }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const keep = useMutation({
    mutationFn: (next: Pick<SetupState, 'stage' | 'step' | 'done' | 'skipped'>) =>
      server.rememberSetup({
        stage: next.stage === 'new' ? 'open' : next.stage,
        step: next.step,
        done: next.done,
        skipped: next.skipped,
      }),
    onSuccess: (kept) => {
      queries.setQueryData(SETUP, kept);
      if (kept.stage !== 'open') void navigate({ to: '/' });
    },
  });
  const at = Math.max(
    0,
    STEPS.findIndex(({ name }) => name === state.step),
  );
  const step = STEPS[at];
  if (!step) return null;
  const last = at === STEPS.length - 1;
  const go = (name: StepName): void => keep.mutate({ ...state, stage: 'open', step: name });
  const onwards = (how: 'done' | 'skipped'): void => {
    const next = STEPS[at + 1]?.name ?? step.name;
    const without = (names: string[]): string[] => names.filter((name) => name !== step.name);
    keep.mutate({
      stage: last ? 'done' : 'open',
      step: next,
      done: how === 'done' ? [...without(state.done), step.name] : without(state.done),
      skipped: how === 'skipped' ? [...without(state.skipped), step.name] : without(state.skipped),
    });
  };
  const markOf = (name: StepName): 'done' | 'skipped' | 'ahead' =>
    state.done.includes(name) ? 'done' : state.skipped.includes(name) ? 'skipped' : 'ahead';
  return (
    <div className={styles.wizard}>
      <nav className={styles.steps} aria-label={t('setup.steps_label')}>
        <p className={styles.count}>{t('setup.step_of', { at: at + 1, of: STEPS.length })}</p>
        <ol>
          {STEPS.map(({ name }, place) => (
            <li key={name}>
              <button
                type="button"
                className={styles.step}
                data-mark={markOf(name)}
                aria-current={name === step.name ? 'step' : undefined}
                onClick={() => go(name)}
              >
                <Mark mark={markOf(name)} number={place + 1} />
                <span>
                  <strong>{t(`setup.${name}.name`)}</strong>
                  {name !== step.name && markOf(name) !== 'ahead' && (
                    <small>{t(markOf(name) === 'done' ? 'setup.mark_done' : 'setup.mark_skipped')}</small>
                  )}
                </span>
              </button>
            </li>
          ))}
        </ol>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => keep.mutate({ ...state, stage: 'later' })}
          className={styles.later}
        >
          {t('setup.later')}
        </Button>
      </nav>
      <section className={styles.body} aria-labelledby="step-title">
        <header className={styles.head}>
          <h1 id="step-title">{t(`setup.${step.name}.title`)}</h1>
          <p>{t(`setup.${step.name}.lead`)}</p>
        </header>
        {keep.isError && <ErrorTrouble error={keep.error} />}
        <step.Page
          key={step.name}
          next={() => onwards('done')}
          skip={() => onwards('skipped')}
          moving={keep.isPending}
        />
      </section>
    </div>
  );
}

function Mark({ mark, number }: { mark: 'done' | 'skipped' | 'ahead'; number: number }) {
  if (mark === 'ahead')
    return (
      <span className={styles.number} aria-hidden="true">
        {number}
      </span>
    );
  const Icon = { done: IconCheck, skipped: IconMinus }[mark];
  return <Icon size={18} stroke={1.75} aria-hidden="true" />;
}
