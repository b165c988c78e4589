/** What a call can have come to, by team: the settings `[wrap_up]`. */
import { TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';

import { server } from '../../api/server';
import type { SettingsSection } from '../../api/types';
import { useWords } from '../../i18n';
import { useDraft } from '../../ui/form/draft';
import { Field, FieldGroup, Fields } from '../../ui/form/Field';
import { Lines } from '../../ui/form/Lines';
import { SaveBar } from '../../ui/form/SaveBar';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble } from '../../ui/Words';
import { Whom } from '../settings/Whom';
import { problemOf, type Outcome } from './outcomes';

interface Value {
  outcomes: Outcome[];
}

export function OutcomesSection() {
  const asked = useQuery({ queryKey: ['settings', 'wrap_up'], queryFn: () => server.settings('wrap_up') });
  if (asked.error) return <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />;
  if (!asked.data) return <Waiting rows={4} />;
  return <OutcomesForm kept={asked.data} />;
}

function OutcomesForm({ kept }: { kept: SettingsSection }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const fixed = kept.fixed.includes('outcomes');
  const draft = useDraft<SettingsSection, Value>({
    name: 'settings/wrap_up',
    kept,
    valueOf: (section) => section.values as unknown as Value,
    save: (value, on) => server.changeSettings('wrap_up', on.version, { ...value }),
    fresh: () => server.settings('wrap_up'),
    saved: (saved) => {
      queries.setQueryData(['settings', 'wrap_up'], saved);
      void queries.invalidateQueries({ queryKey: ['outcomes'] });
    },
  });
  const { outcomes } = draft.value;
  return (
    <Fields>
      <FieldGroup title={t('outcomes.list')} about={t('outcomes.about')}>
        <Field fromFile={fixed ? 'wrap_up.outcomes' : null}>
          <Lines
            label={t('outcomes.list')}
            lines={outcomes}
            change={(next) => draft.set({ outcomes: next })}
            disabled={fixed}
            fresh={{ outcome: '', label: '', teams: [] }}
            none={t('outcomes.none')}
            add={t('outcomes.add')}
            nameOf={(line) => line.label || line.outcome}
          >
            {(line, put) => (
              <>
                <TextInput
                  label={t('outcomes.label')}
                  description={t('outcomes.label_help')}
                  inputWrapperOrder={['label', 'input', 'description']}
                  value={line.label}
                  maxLength={100}
                  onChange={(event) => put({ label: event.currentTarget.value })}
                />
                <TextInput
                  label={t('outcomes.key')}
                  description={t('outcomes.key_help')}
                  inputWrapperOrder={['label', 'input', 'description']}
                  value={line.outcome}
                  maxLength={40}
                  onChange={(event) => put({ outcome: event.currentTarget.value })}
                />
                <Whom teams={line.teams} disabled={fixed} change={(teams) => put({ teams })} />
              </>
            )}
          </Lines>
        </Field>
      </FieldGroup>
      <SaveBar
        draft={draft}
        problem={problemOf(t, outcomes)}
        nameOf={() => t('outcomes.list')}
        wordsOf={(_, value) => value.outcomes.map(({ label }) => label).join(', ') || t('draft.nothing')}
      />
    </Fields>
  );
}
