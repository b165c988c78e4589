/** Teams: who belongs to them and who leads them. */
import { Button, MultiSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { FieldGroup } from '../../ui/form/Field';
import { ErrorTrouble } from '../../ui/Words';
import { people, type Staff, type Team } from './api';
import styles from './rights.module.css';

export function Teams({ teams, everybody }: { teams: Team[]; everybody: Staff[] }) {
  const { t } = useWords();
  const cache = useQueryClient();
  const [name, setName] = useState('');
  const again = () =>
    cache.invalidateQueries({
      predicate: ({ queryKey }) => ['teams', 'staff'].includes(String(queryKey[0])),
    });
  const add = useMutation({ mutationFn: people.addTeam, onSuccess: () => setName(''), onSettled: again });
  const change = useMutation({ mutationFn: people.changeTeam, onSettled: again });
  const remove = useMutation({ mutationFn: people.removeTeam, onSettled: again });
  const error = add.error ?? change.error ?? remove.error;
  const names = everybody
    .filter((each) => !each.disabled)
    .map((each) => ({ value: each.employee_id, label: each.name }));
  return (
    <FieldGroup title={t('rights.teams')} about={t(teams.length ? 'rights.teams_about' : 'rights.no_teams')}>
      {error && <ErrorTrouble error={error} />}
      {teams.map((team) => (
        <div
          key={`${team.team_id} ${team.version}`}
          className={styles.form}
          role="group"
          aria-label={team.name}
        >
          <h3>{team.name}</h3>
          <MultiSelect
            label={t('rights.members')}
            data={names}
            value={team.members}
            onChange={(members) => change.mutate({ ...team, members })}
            searchable
          />
          <MultiSelect
            label={t('rights.leaders')}
            data={names}
            value={team.leaders}
            onChange={(leaders) => change.mutate({ ...team, leaders })}
            searchable
          />
          <div>
            <Button variant="default" size="compact-sm" onClick={() => remove.mutate(team.team_id)}>
              {t('rights.remove_team')}
            </Button>
          </div>
        </div>
      ))}
      <form
        className={styles.row}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(name);
        }}
      >
        <TextInput
          label={t('rights.team_name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
        />
        <Button type="submit" variant="default" loading={add.isPending}>
          {t('rights.add_team')}
        </Button>
      </form>
    </FieldGroup>
  );
}
