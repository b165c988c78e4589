/** Teams: who belongs to them and who leads them. */
import { Button, MultiSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';

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
  const change = useMutation({
    mutationFn: people.changeTeam,
    // At once, so that nothing jumps back until the teams are read again.
    onSuccess: (saved) =>
      cache.setQueryData<{ items: Team[] }>(
        ['teams'],
        (had) => had && { items: had.items.map((each) => (each.team_id === saved.team_id ? saved : each)) },
      ),
    onSettled: () => void again(),
  });
  const remove = useMutation({ mutationFn: people.removeTeam, onSettled: again });
  const error = add.error ?? change.error ?? remove.error;
  const names = everybody
    .filter((each) => !each.disabled)
    .map((each) => ({ value: each.employee_id, label: each.name }));
  return (
    <FieldGroup title={t('rights.teams')} about={t(teams.length ? 'rights.teams_about' : 'rights.no_teams')}>
      {error && <ErrorTrouble error={error} />}
      {teams.map((team) => (
        <OneTeam
          key={team.team_id}
          team={team}
          names={names}
          change={change.mutateAsync}
          remove={() => remove.mutate(team.team_id)}
        />
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

type People = Pick<Team, 'members' | 'leaders'>;

interface Props {
  team: Team;
  names: { value: string; label: string }[];
  change: (team: Team) => Promise<Team>;
  remove: () => void;
}

function OneTeam({ team, names, change, remove }: Props) {
  const { t } = useWords();
  /** What was picked, for as long as the server has not answered. */
  const [picked, setPicked] = useState<People | null>(null);
  const unsent = useRef<People | null>(null);
  const sending = useRef(false);
  const now = picked ?? team;

  // One change after the other: each is refused that does not say the version of the one before.
  const send = async (): Promise<void> => {
    sending.current = true;
    let last = team;
    try {
      while (unsent.current) {
        const next = { ...last, ...unsent.current };
        unsent.current = null;
        last = await change(next);
      }
    } catch {
      // It is said above. What was picked meanwhile was picked on what is no more.
      unsent.current = null;
    }
    sending.current = false;
    setPicked(null);
  };
  const pick = (some: Partial<People>): void => {
    unsent.current = { members: now.members, leaders: now.leaders, ...some };
    setPicked(unsent.current);
    if (!sending.current) void send();
  };
  return (
    <div className={styles.form} role="group" aria-label={team.name}>
      <h3>{team.name}</h3>
      <MultiSelect
        label={t('rights.members')}
        data={names}
        value={now.members}
        onChange={(members) => pick({ members })}
        searchable
      />
      <MultiSelect
        label={t('rights.leaders')}
        data={names}
        value={now.leaders}
        onChange={(leaders) => pick({ leaders })}
        searchable
      />
      <div>
        <Button variant="default" size="compact-sm" onClick={remove}>
          {t('rights.remove_team')}
        </Button>
      </div>
    </div>
  );
}
