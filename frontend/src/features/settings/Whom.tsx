/** Teams that a line of the settings is for, and how many people that is. */
import { TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { useMay } from '../../app/rights';
import { useWords } from '../../i18n';
import { people } from '../rights/api';

/** Null: not known, or not ours to know. */
export function useTeams() {
  const may = useMay();
  const asked = useQuery({
    queryKey: ['teams'],
    queryFn: people.teams,
    enabled: may('people.read'),
    retry: false,
  });
  return asked.data?.items ?? null;
}

interface Props {
  teams: string[];
  disabled: boolean;
  change: (teams: string[]) => void;
}

export function Whom({ teams, disabled, change }: Props) {
  const { t } = useWords();
  const known = useTeams();
  const inThem = new Set(known?.filter(({ name }) => teams.includes(name)).flatMap((team) => team.members));
  const whom =
    teams.length === 0
      ? t('draft.whom_all')
      : known === null
        ? undefined
        : inThem.size === 0
          ? t('draft.whom_none')
          : t('draft.whom', { count: inThem.size });
  return (
    <TagsInput
      label={t('draft.teams')}
      placeholder={teams.length === 0 ? t('draft.teams_none') : undefined}
      description={whom}
      inputWrapperOrder={['label', 'input', 'description']}
      data={known?.map(({ name }) => name) ?? []}
      value={teams}
      disabled={disabled}
      splitChars={[',', ';']}
      onChange={change}
    />
  );
}
