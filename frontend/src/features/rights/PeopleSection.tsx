/** Who works here: employees with their role, phones and teams; teams; and people taken over from the PBX or a table. */
import { Button, PasswordInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble } from '../../ui/Words';
import type { SectionProps } from '../settings/sections';
import { people, type Role, type Staff } from './api';
import { HireMany } from './HireMany';
import styles from './rights.module.css';
import { Teams } from './Teams';
import { useRoleName } from './words';

export function PeopleSection({ item }: SectionProps) {
  const { t } = useWords();
  const roleName = useRoleName();
  const navigate = useNavigate();
  const staff = useQuery({ queryKey: ['staff'], queryFn: people.staff });
  const roles = useQuery({ queryKey: ['roles'], queryFn: people.roles });
  const teams = useQuery({ queryKey: ['teams'], queryFn: people.teams });
  if (!staff.data || !roles.data || !teams.data) {
    const error = staff.error ?? roles.error ?? teams.error;
    return error ? <ErrorTrouble error={error} /> : <Waiting rows={6} />;
  }
  const everybody = staff.data.items;
  const teamNames = new Map(teams.data.items.map((team) => [team.team_id, team.name]));
  const chosen = everybody.find((each) => each.employee_id === item);
  return (
    <div className={styles.stack}>
      {item === 'new' || chosen ? (
        <EmployeeForm key={item} employee={chosen ?? null} roles={roles.data.items} />
      ) : (
        <div>
          <Button
            onClick={() =>
              void navigate({ to: '/settings/$section/{-$item}', params: { section: 'people', item: 'new' } })
            }
          >
            {t('rights.add_employee')}
          </Button>
        </div>
      )}
      <table className={styles.list}>
        <thead>
          <tr>
            <th scope="col">{t('rights.name')}</th>
            <th scope="col" data-wide>
              {t('rights.login')}
            </th>
            <th scope="col">{t('rights.role')}</th>
            <th scope="col">{t('rights.phones')}</th>
            <th scope="col" data-wide>
              {t('rights.teams')}
            </th>
          </tr>
        </thead>
        <tbody>
          {everybody.map((each) => (
            <tr key={each.employee_id} data-off={each.disabled || undefined}>
              <td>
                <Link
                  to="/settings/$section/{-$item}"
                  params={{ section: 'people', item: each.employee_id }}
                  aria-current={each === chosen || undefined}
                >
                  {each.name}
                </Link>
                {each.disabled && <span className={styles.quiet}> · {t('rights.left')}</span>}
              </td>
              <td data-wide>{each.login}</td>
              <td>{roleName(roles.data.items.find((role) => role.role_id === each.role))}</td>
              <td className="figures">
                {each.assigned.join(', ')}
                {each.devices.some((device) => !each.assigned.includes(device)) && (
                  <span className={styles.quiet}>
                    {' '}
                    {t('rights.sits_at', {
                      devices: each.devices.filter((d) => !each.assigned.includes(d)).join(', '),
                    })}
                  </span>
                )}
              </td>
              <td data-wide>
                {[...new Set([...each.teams, ...each.leads])].map((id) => teamNames.get(id) ?? '').join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Teams teams={teams.data.items} everybody={everybody} />
      <HireMany />
    </div>
  );
}

function EmployeeForm({ employee, roles }: { employee: Staff | null; roles: Role[] }) {
  const { t } = useWords();
  const roleName = useRoleName();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [login, setLogin] = useState(employee?.login ?? '');
  const [name, setName] = useState(employee?.name ?? '');
  const [role, setRole] = useState(employee?.role ?? 'employee');
  const [devices, setDevices] = useState<string[]>(employee?.assigned ?? []);
  const [code, setCode] = useState(employee?.sign_in_code ?? '');
  const [skills, setSkills] = useState<string[]>(employee?.skills ?? []);
  const [works, setWorks] = useState(!employee?.disabled);
  const [password, setPassword] = useState('');
  const close = () => void navigate({ to: '/settings/$section/{-$item}', params: { section: 'people' } });
  const save = useMutation({
    mutationFn: async () => {
      const said = { name, role, devices, skills, sign_in_code: code || null };
      if (!employee) return people.hire({ ...said, login, language: null, password: password || null });
      const changed = await people.change(employee.employee_id, {
        ...said,
        version: employee.version,
        language: employee.language,
        disabled: !works,
      });
      if (password) await people.password(employee.employee_id, password);
      return changed;
    },
    onSuccess: () => {
      toast(t('rights.saved', { name }));
      close();
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['staff'] }),
  });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <h2>{employee ? employee.name : t('rights.new_employee')}</h2>
      {save.error && <ErrorTrouble error={save.error} />}
      <TextInput
        label={t('rights.name')}
        value={name}
        onChange={(e) => setName(e.currentTarget.value)}
        required
      />
      <TextInput
        label={t('rights.login')}
        value={login}
        onChange={(e) => setLogin(e.currentTarget.value)}
        disabled={employee !== null}
        autoComplete="off"
        required
      />
      <Select
        label={t('rights.role')}
        value={role}
        onChange={(next) => next && setRole(next)}
        data={roles.map((each) => ({ value: each.role_id, label: roleName(each) }))}
        allowDeselect={false}
      />
      <TagsInput
        label={t('rights.phones')}
        description={t('rights.phones_help')}
        value={devices}
        onChange={setDevices}
        splitChars={[',', ' ', ';']}
        clearable
      />
      <TagsInput
        label={t('rights.skills')}
        description={t('rights.skills_help')}
        value={skills}
        onChange={setSkills}
        splitChars={[',', ';']}
        clearable
      />
      <TextInput
        label={t('rights.code')}
        description={t('rights.code_help')}
        value={code}
        onChange={(e) => setCode(e.currentTarget.value)}
        inputMode="numeric"
      />
      <PasswordInput
        label={employee ? t('rights.new_password') : t('rights.password')}
        description={employee ? t('rights.new_password_help') : t('rights.password_help')}
        value={password}
        onChange={(e) => setPassword(e.currentTarget.value)}
        autoComplete="new-password"
      />
      {employee && (
        <Switch
          label={t('rights.works_here')}
          description={t('rights.works_here_help')}
          checked={works}
          onChange={(e) => setWorks(e.currentTarget.checked)}
        />
      )}
      <div className={styles.row}>
        <Button type="submit" loading={save.isPending}>
          {t('rights.save')}
        </Button>
        <Button variant="default" onClick={close}>
          {t('rights.close')}
        </Button>
      </div>
    </form>
  );
}
