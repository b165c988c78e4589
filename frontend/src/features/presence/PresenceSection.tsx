/** Reasons for a pause, time after a call, and who answers which queue: the settings `[presence]`. */
import { Autocomplete, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { server } from '../../api/server';
import type { SettingsSection } from '../../api/types';
import { useWords, type Word } from '../../i18n';
import { useLive } from '../../live/store';
import { Field, FieldGroup, Fields } from '../../ui/form/Field';
import { Lines } from '../../ui/form/Lines';
import { SaveBar } from '../../ui/form/SaveBar';
import { Seconds } from '../../ui/form/Seconds';
import { useTeams, Whom } from '../settings/Whom';
import { KeptSection, useSectionDraft } from '../settings/section';
import { problemOf, rulesOf, valuesOf, type PresenceRules } from './rules';

const FIELDS: Record<keyof PresenceRules, Word> = {
  reasons: 'presence_rules.reasons',
  after_call_s: 'presence_rules.after_call_s',
  after_call_of_teams: 'presence_rules.after_call_of_teams',
  after_which: 'presence_rules.after_which',
  offline_after_s: 'presence_rules.offline_after_s',
  when_offline: 'presence_rules.when_offline',
  memberships: 'presence_rules.memberships',
};
const AFTER_WHICH = ['outside', 'queue', 'all'] as const;
const WHEN_OFFLINE = ['leave', 'pause'] as const;
const ANY_PBX = '';

export const PresenceSection = () => <KeptSection name="presence" rows={8} Form={PresenceForm} />;

function PresenceForm({ kept }: { kept: SettingsSection }) {
  const { t } = useWords();
  const queues = useLive((state) => state.queues);
  const teams = useTeams();
  const pbxs = useQuery({ queryKey: ['settings', 'pbxs'], queryFn: server.pbxSettings });
  const { draft, fixed, from } = useSectionDraft<PresenceRules>(kept, {
    valueOf: rulesOf,
    valuesOf,
  });
  const { value, set } = draft;
  const seconds = (key: 'after_call_s' | 'offline_after_s', effect: Word) => (
    <Field effect={t(effect)} fromFile={from(key)}>
      <Seconds
        label={t(FIELDS[key])}
        disabled={fixed(key)}
        value={value[key]}
        onChange={(next) => next !== '' && set({ [key]: next })}
      />
    </Field>
  );
  return (
    <Fields>
      <FieldGroup title={t('presence_rules.pauses')} about={t('presence_rules.pauses_about')}>
        <Field fromFile={from('reasons')}>
          <Lines
            label={t(FIELDS.reasons)}
            lines={value.reasons}
            change={(reasons) => set({ reasons })}
            disabled={fixed('reasons')}
            fresh={{ reason: '', teams: [] }}
            none={t('presence_rules.reasons_none')}
            add={t('presence_rules.add_reason')}
            nameOf={(line) => line.reason}
          >
            {(line, put) => (
              <>
                <TextInput
                  label={t('presence_rules.reason')}
                  value={line.reason}
                  maxLength={80}
                  onChange={(event) => put({ reason: event.currentTarget.value })}
                />
                <Whom
                  teams={line.teams}
                  disabled={fixed('reasons')}
                  change={(names) => put({ teams: names })}
                />
              </>
            )}
          </Lines>
        </Field>
      </FieldGroup>
      <FieldGroup title={t('presence_rules.after')} about={t('presence_rules.after_about')}>
        {seconds('after_call_s', 'presence_rules.after_call_effect')}
        <Field effect={t('presence_rules.of_teams_effect')} fromFile={from('after_call_of_teams')}>
          <Lines
            label={t(FIELDS.after_call_of_teams)}
            lines={value.after_call_of_teams}
            change={(lines) => set({ after_call_of_teams: lines })}
            disabled={fixed('after_call_of_teams')}
            fresh={{ one: '', other: '' }}
            none={t('presence_rules.of_teams_none')}
            add={t('presence_rules.add_team')}
            nameOf={(line) => line.one}
          >
            {(line, put) => (
              <>
                <Autocomplete
                  label={t('presence_rules.team')}
                  data={teams?.map(({ name }) => name) ?? []}
                  value={line.one}
                  onChange={(one) => put({ one })}
                />
                <Seconds
                  label={t('presence_rules.seconds_label')}
                  value={line.other}
                  onChange={(other) => put({ other })}
                />
              </>
            )}
          </Lines>
        </Field>
        <Field fromFile={from('after_which')}>
          <Select
            label={t(FIELDS.after_which)}
            data={AFTER_WHICH.map((each) => ({
              value: each,
              label: t(`presence_rules.after_which_${each}`),
            }))}
            value={value.after_which}
            allowDeselect={false}
            disabled={fixed('after_which')}
            onChange={(next) => next && set({ after_which: next })}
          />
        </Field>
      </FieldGroup>
      <FieldGroup title={t('presence_rules.queues')} about={t('presence_rules.queues_about')}>
        <Field fromFile={from('memberships')}>
          <Lines
            label={t(FIELDS.memberships)}
            lines={value.memberships}
            change={(memberships) => set({ memberships })}
            disabled={fixed('memberships')}
            fresh={{ queue: '', teams: [], pbx: null }}
            none={t('presence_rules.memberships_none')}
            add={t('presence_rules.add_membership')}
            nameOf={(line) => line.queue}
          >
            {(line, put, first) => (
              <>
                <Autocomplete
                  label={t('presence_rules.queue')}
                  description={first && t('presence_rules.queue_help')}
                  inputWrapperOrder={['label', 'input', 'description']}
                  data={[...new Set(Object.values(queues).map(({ queue }) => queue))]}
                  value={line.queue}
                  onChange={(queue) => put({ queue })}
                />
                <Whom
                  teams={line.teams}
                  disabled={fixed('memberships')}
                  change={(names) => put({ teams: names })}
                />
                <Select
                  label={t('presence_rules.pbx')}
                  data={[
                    { value: ANY_PBX, label: t('presence_rules.any_pbx') },
                    ...[...new Set([...(pbxs.data?.items.map(({ name }) => name) ?? []), line.pbx])]
                      .filter((name) => name !== null)
                      .map((name) => ({ value: name, label: name })),
                  ]}
                  value={line.pbx ?? ANY_PBX}
                  allowDeselect={false}
                  onChange={(pbx) => put({ pbx: pbx === ANY_PBX ? null : pbx })}
                />
              </>
            )}
          </Lines>
        </Field>
      </FieldGroup>
      <FieldGroup title={t('presence_rules.gone')} about={t('presence_rules.gone_about')}>
        {seconds('offline_after_s', 'presence_rules.offline_effect')}
        <Field fromFile={from('when_offline')}>
          <Select
            label={t(FIELDS.when_offline)}
            data={WHEN_OFFLINE.map((each) => ({
              value: each,
              label: t(`presence_rules.when_offline_${each}`),
            }))}
            value={value.when_offline}
            allowDeselect={false}
            disabled={fixed('when_offline')}
            onChange={(next) => next && set({ when_offline: next })}
          />
        </Field>
      </FieldGroup>
      <SaveBar
        draft={draft}
        problem={problemOf(t, value)}
        nameOf={(field) => t(FIELDS[field])}
        wordsOf={(field, said) => saidWords(field, said) || t('draft.nothing')}
      />
    </Fields>
  );

  function saidWords(field: keyof PresenceRules, said: PresenceRules): string {
    switch (field) {
      case 'reasons':
        return said.reasons.map(({ reason }) => reason).join(', ');
      case 'memberships':
        return said.memberships.map(({ queue }) => queue).join(', ');
      case 'after_call_of_teams':
        return said.after_call_of_teams
          .map(({ one, other }) => t('dial_rules.pair', { one, other }))
          .join(', ');
      case 'after_which':
        return t(`presence_rules.after_which_${said.after_which}`);
      case 'when_offline':
        return t(`presence_rules.when_offline_${said.when_offline}`);
      default:
        return String(said[field]);
    }
  }
}
