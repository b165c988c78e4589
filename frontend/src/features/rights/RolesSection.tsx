/** Roles: what each may do, whose calls and cards it sees, and whether it sees numbers. */
import { Button, Checkbox, Select, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble } from '../../ui/Words';
import type { SectionProps } from '../settings/sections';
import { people, PERMISSIONS, permissionKey, type Role } from './api';
import styles from './rights.module.css';
import { useRoleName } from './words';

const REACHES = ['own', 'team', 'all'] as const;

export function RolesSection({ item }: SectionProps) {
  const { t } = useWords();
  const roleName = useRoleName();
  const navigate = useNavigate();
  const roles = useQuery({ queryKey: ['roles'], queryFn: people.roles });
  if (!roles.data) return roles.error ? <ErrorTrouble error={roles.error} /> : <Waiting rows={4} />;
  const chosen = roles.data.items.find((each) => each.role_id === item);
  return (
    <div className={styles.stack}>
      {item === 'new' || chosen ? (
        <RoleForm key={item} role={chosen ?? null} />
      ) : (
        <div>
          <Button
            onClick={() =>
              void navigate({ to: '/settings/$section/{-$item}', params: { section: 'roles', item: 'new' } })
            }
          >
            {t('rights.add_role')}
          </Button>
        </div>
      )}
      <table className={styles.list}>
        <thead>
          <tr>
            <th scope="col">{t('rights.role')}</th>
            <th scope="col">{t('rights.calls')}</th>
            <th scope="col">{t('rights.cards')}</th>
            <th scope="col" data-wide>
              {t('rights.numbers')}
            </th>
            <th scope="col" data-wide>
              {t('rights.may')}
            </th>
          </tr>
        </thead>
        <tbody>
          {roles.data.items.map((role) => (
            <tr key={role.role_id}>
              <td>
                <Link to="/settings/$section/{-$item}" params={{ section: 'roles', item: role.role_id }}>
                  {roleName(role)}
                </Link>
              </td>
              <td>{t(`rights.reach.${role.calls}`)}</td>
              <td>{t(`rights.reach.${role.cards}`)}</td>
              <td data-wide>{t(role.numbers_masked ? 'rights.masked' : 'rights.shown')}</td>
              <td data-wide className={styles.quiet}>
                {t('rights.permissions', { count: role.permissions.length })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RoleForm({ role }: { role: Role | null }) {
  const { t } = useWords();
  const roleName = useRoleName();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const fixed = role?.built_in ?? false;
  const [name, setName] = useState(role ? roleName(role) : '');
  const [permissions, setPermissions] = useState<string[]>(
    role?.permissions ?? ['calls.read', 'contacts.read'],
  );
  const [calls, setCalls] = useState(role?.calls ?? 'own');
  const [cards, setCards] = useState(role?.cards ?? 'own');
  const [masked, setMasked] = useState(role?.numbers_masked ?? false);
  const close = () => void navigate({ to: '/settings/$section/{-$item}', params: { section: 'roles' } });
  const again = () => cache.invalidateQueries({ queryKey: ['roles'] });
  const save = useMutation({
    mutationFn: () => {
      const said = {
        name,
        permissions: permissions,
        calls,
        cards,
        numbers_masked: masked,
      };
      return role
        ? people.changeRole(role.role_id, { ...said, version: role.version })
        : people.addRole(said);
    },
    onSuccess: () => {
      toast(t('rights.saved', { name }));
      close();
    },
    onSettled: again,
  });
  const remove = useMutation({ mutationFn: people.removeRole, onSuccess: close, onSettled: again });
  const reaches = REACHES.map((value) => ({ value, label: t(`rights.reach.${value}`) }));
  const error = save.error ?? remove.error;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <h2>{role ? roleName(role) : t('rights.new_role')}</h2>
      {fixed && <p className={styles.quiet}>{t('rights.built_in_about')}</p>}
      {error && <ErrorTrouble error={error} />}
      {!fixed && (
        <TextInput
          label={t('rights.name')}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          required
        />
      )}
      <Select
        label={t('rights.calls')}
        description={t('rights.calls_help')}
        data={reaches}
        value={calls}
        onChange={(next) => next && setCalls(next)}
        allowDeselect={false}
        disabled={fixed}
      />
      <Select
        label={t('rights.cards')}
        description={t('rights.cards_help')}
        data={reaches}
        value={cards}
        onChange={(next) => next && setCards(next)}
        allowDeselect={false}
        disabled={fixed}
      />
      <Switch
        label={t('rights.mask')}
        description={t('rights.mask_help')}
        checked={masked}
        onChange={(e) => setMasked(e.currentTarget.checked)}
        disabled={fixed}
      />
      <Checkbox.Group label={t('rights.may')} value={permissions} onChange={setPermissions}>
        <div className={styles.grid}>
          {PERMISSIONS.map((each) => (
            <Checkbox
              key={each}
              value={each}
              label={t(`rights.permission.${permissionKey(each)}`)}
              disabled={fixed}
            />
          ))}
        </div>
      </Checkbox.Group>
      <div className={styles.row}>
        {!fixed && (
          <Button type="submit" loading={save.isPending}>
            {t('rights.save')}
          </Button>
        )}
        <Button variant="default" onClick={close}>
          {t('rights.close')}
        </Button>
        {role && !fixed && (
          <Button variant="default" onClick={() => remove.mutate(role.role_id)}>
            {t('rights.remove_role')}
          </Button>
        )}
      </div>
    </form>
  );
}
