/** What a call can have come to, by team: the settings `[wrap_up]`. */
import { TextInput } from '@mantine/core';

import type { SettingsSection } from '../../api/types';
import { useWords } from '../../i18n';
import { Field, FieldGroup, Fields } from '../../ui/form/Field';
import { Lines } from '../../ui/form/Lines';
import { SaveBar } from '../../ui/form/SaveBar';
import { Whom } from '../settings/Whom';
import { KeptSection, useSectionDraft } from '../settings/section';
import { problemOf, type Outcome } from './outcomes';

interface Value {
  outcomes: Outcome[];
}

export const OutcomesSection = () => <KeptSection name="wrap_up" rows={4} Form={OutcomesForm} />;

function OutcomesForm({ kept }: { kept: SettingsSection }) {
  const { t } = useWords();
  const { draft, fixed, from } = useSectionDraft<Value>(kept, {
    valueOf: (section) => section.values as unknown as Value,
    valuesOf: (value) => ({ ...value }),
    alsoSays: 'outcomes',
  });
  const { outcomes } = draft.value;
  return (
    <Fields>
      <FieldGroup title={t('outcomes.list')} about={t('outcomes.about')}>
        <Field fromFile={from('outcomes')}>
          <Lines
            label={t('outcomes.list')}
            titled
            lines={outcomes}
            change={(next) => draft.set({ outcomes: next })}
            disabled={fixed('outcomes')}
            fresh={{ outcome: '', label: '', teams: [] }}
            none={t('outcomes.none')}
            add={t('outcomes.add')}
            nameOf={(line) => line.label || line.outcome}
          >
            {(line, put, first) => (
              <>
                <TextInput
                  label={t('outcomes.label')}
                  description={first && t('outcomes.label_help')}
                  inputWrapperOrder={['label', 'input', 'description']}
                  value={line.label}
                  maxLength={100}
                  onChange={(event) => put({ label: event.currentTarget.value })}
                />
                <TextInput
                  label={t('outcomes.key')}
                  description={first && t('outcomes.key_help')}
                  inputWrapperOrder={['label', 'input', 'description']}
                  value={line.outcome}
                  maxLength={40}
                  onChange={(event) => put({ outcome: event.currentTarget.value })}
                />
                <Whom teams={line.teams} disabled={fixed('outcomes')} change={(teams) => put({ teams })} />
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
