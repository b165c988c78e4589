/** What every form of a section of the settings is made of: the section as it is kept, and a draft of it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ComponentType } from 'react';

import { server } from '../../api/server';
import type { SettingsSection } from '../../api/types';
import { useDraft } from '../../ui/form/draft';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble } from '../../ui/Words';

interface Props {
  /** As the configuration file calls it. */
  name: string;
  /** About as many as the form has, so that nothing jumps when it comes. */
  rows: number;
  Form: ComponentType<{ kept: SettingsSection }>;
}

export function KeptSection({ name, rows, Form }: Props) {
  const asked = useQuery({ queryKey: ['settings', name], queryFn: () => server.settings(name) });
  if (asked.error) return <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />;
  if (!asked.data) return <Waiting rows={rows} />;
  return <Form kept={asked.data} />;
}

interface Ways<Value> {
  valueOf: (section: SettingsSection) => Value;
  valuesOf: (value: Value, on: SettingsSection) => SettingsSection['values'];
  /** What else was asked of the server and says something else once this is saved. */
  alsoSays?: string;
}

export function useSectionDraft<Value extends object>(
  kept: SettingsSection,
  { valueOf, valuesOf, alsoSays }: Ways<Value>,
) {
  const queries = useQueryClient();
  const { name } = kept;
  const draft = useDraft<SettingsSection, Value>({
    name: `settings/${name}`,
    kept,
    valueOf,
    save: (value, on) => server.changeSettings(name, on.version, valuesOf(value, on)),
    fresh: () => server.settings(name),
    saved: (saved) => {
      queries.setQueryData(['settings', name], saved);
      if (alsoSays) void queries.invalidateQueries({ queryKey: [alsoSays] });
    },
  });
  const fixed = (key: keyof Value & string): boolean => kept.fixed.includes(key);
  /** The key, if the configuration file has set it: for `Field`. */
  const from = (key: keyof Value & string): string | null => (fixed(key) ? `${name}.${key}` : null);
  return { draft, fixed, from };
}
