/** Many at once: those whom the PBX knows by its phones, or a table; first shown, then added. */
import { Button, Checkbox, FileInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { idWords } from '../../app/errors';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { FieldGroup } from '../../ui/form/Field';
import { ErrorTrouble } from '../../ui/Words';
import { people, type Hired, type KnownDevice } from './api';
import styles from './rights.module.css';

export function HireMany() {
  const { t } = useWords();
  return (
    <FieldGroup title={t('rights.together')} about={t('rights.together_about')}>
      <FromPbx />
      <FromTable />
    </FieldGroup>
  );
}

function FromPbx() {
  const { t } = useWords();
  const cache = useQueryClient();
  const links = useLive((state) => state.links);
  const pbxs = Object.keys(links);
  const [pbx, setPbx] = useState<string | null>(null);
  const asked = pbx ?? pbxs[0] ?? null;
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [names, setNames] = useState<Readonly<Record<string, string>>>({});
  const look = useMutation({
    mutationFn: people.inventory,
    onSuccess: ({ items }) =>
      setLeft(new Set(items.filter((each) => each.employees.length > 0).map(({ device }) => device))),
  });
  const called = (each: KnownDevice) => names[each.device] ?? each.name ?? '';
  const chosen = (look.data?.items ?? []).filter((each) => !left.has(each.device) && called(each).trim());
  const hire = useMutation({
    mutationFn: () =>
      people.hireMany(
        chosen.map((each) => ({ login: each.login, name: called(each), devices: [each.device] })),
      ),
    onSuccess: () => look.reset(),
    onSettled: () => cache.invalidateQueries({ queryKey: ['staff'] }),
  });
  if (!asked) return null;
  return (
    <>
      <div className={styles.row}>
        {pbxs.length > 1 && <Select label={t('rights.pbx')} data={pbxs} value={asked} onChange={setPbx} />}
        <Button variant="default" onClick={() => look.mutate(asked)} loading={look.isPending}>
          {t('rights.ask_pbx')}
        </Button>
      </div>
      {look.error && <ErrorTrouble error={look.error} />}
      {hire.error && <ErrorTrouble error={hire.error} />}
      {hire.data && <Outcome hired={hire.data} />}
      {look.data && (
        <>
          <table className={styles.list}>
            <thead>
              <tr>
                <th scope="col">{t('rights.phone')}</th>
                <th scope="col">{t('rights.name')}</th>
                <th scope="col" data-wide>
                  {t('rights.queues')}
                </th>
                <th scope="col">{t('rights.whose')}</th>
              </tr>
            </thead>
            <tbody>
              {look.data.items.map((each) => (
                <tr key={each.device}>
                  <td>
                    <Checkbox
                      label={each.device}
                      checked={!left.has(each.device)}
                      onChange={() => {
                        const next = new Set(left);
                        if (!next.delete(each.device)) next.add(each.device);
                        setLeft(next);
                      }}
                    />
                  </td>
                  <td>
                    <TextInput
                      aria-label={`${t('rights.name')} ${each.device}`}
                      value={called(each)}
                      onChange={(event) => setNames({ ...names, [each.device]: event.currentTarget.value })}
                    />
                  </td>
                  <td data-wide>{each.queues.join(', ')}</td>
                  <td className={styles.quiet}>{each.employees.join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <div>
            <Button onClick={() => hire.mutate()} disabled={chosen.length === 0} loading={hire.isPending}>
              {t('rights.hire', { count: chosen.length })}
            </Button>
          </div>
        </>
      )}
    </>
  );
}

function FromTable() {
  const { t } = useWords();
  const cache = useQueryClient();
  const [csv, setCsv] = useState<string | null>(null);
  const take = useMutation({
    mutationFn: ({ table, trial }: { table: string; trial: boolean }) => people.hireTable(table, trial),
    onSettled: () =>
      cache.invalidateQueries({
        predicate: ({ queryKey }) => ['teams', 'staff'].includes(String(queryKey[0])),
      }),
  });
  return (
    <>
      <div className={styles.row}>
        <FileInput
          label={t('rights.table')}
          description={t('rights.table_help')}
          placeholder={t('rights.choose_file')}
          accept=".csv,text/csv"
          clearable
          onChange={(file) => {
            setCsv(null);
            take.reset();
            if (file)
              void file.text().then((table) => {
                setCsv(table);
                take.mutate({ table, trial: true });
              });
          }}
        />
        {csv !== null && take.data && take.variables.trial && take.data.made > 0 && (
          <Button onClick={() => take.mutate({ table: csv, trial: false })} loading={take.isPending}>
            {t('rights.hire', { count: take.data.made })}
          </Button>
        )}
      </div>
      {take.error && <ErrorTrouble error={take.error} />}
      {take.data && <Outcome hired={take.data} trial={take.variables.trial} />}
    </>
  );
}

function Outcome({ hired, trial }: { hired: Hired; trial?: boolean }) {
  const { t } = useWords();
  const refused = hired.items.filter((each) => each.problem !== null);
  return (
    <div role="status">
      <p>{t(trial ? 'rights.would_hire' : 'rights.hired', { count: hired.made })}</p>
      {refused.length > 0 && (
        <ul className={styles.quiet}>
          {refused.slice(0, 20).map((each) => (
            <li key={each.row}>
              {each.row}. {each.name || each.login}: {idWords(t, each.error_id ?? '', each.problem)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
