/** Where I answer: my phones, shared ones where I sign in for a shift, the code for it, and my password. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { rememberToken } from '../../api/http';
import { errorWords } from '../../app/errors';
import { useWords } from '../../i18n';
import { FieldGroup, Fields } from '../../ui/form/Field';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toasts';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble, Pill } from '../../ui/Words';
import { phones, type OwnPhone } from './api';
import { PhoneWays } from './PhoneWays';
import styles from './phones.module.css';

const OWN = ['session', 'phones'];

export function OwnPhonesSection() {
  const asked = useQuery({ queryKey: OWN, queryFn: phones.own, staleTime: 0 });
  const { t } = useWords();
  if (asked.error) return <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />;
  if (!asked.data) return <Waiting rows={4} />;
  return (
    <Fields>
      <FieldGroup title={t('own_phones.where')} about={t('own_phones.where_about')}>
        <List items={asked.data.items} />
        <Another known={asked.data.items} />
      </FieldGroup>
      <FieldGroup title={t('own_phones.code')} about={t('own_phones.code_about')}>
        <Code key={asked.data.sign_in_code} kept={asked.data.sign_in_code} />
      </FieldGroup>
      <FieldGroup title={t('own_phones.password')} about={t('own_phones.password_about')}>
        <Password />
      </FieldGroup>
    </Fields>
  );
}

function useSeat() {
  const { t } = useWords();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ device, here }: { device: string; here: boolean }) => {
      await (here ? phones.signIn(device) : phones.signOut(device));
      return { device, here };
    },
    onSuccess: ({ device, here }) =>
      toast(t(here ? 'own_phones.signed_in' : 'own_phones.signed_out', { device }), () => {
        void (here ? phones.signOut(device) : phones.signIn(device)).then(() =>
          queries.invalidateQueries({ queryKey: OWN }),
        );
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: OWN }),
  });
}

function List({ items }: { items: OwnPhone[] }) {
  const { t } = useWords();
  const seat = useSeat();
  return (
    <>
      {items.length === 0 && <p className={styles.none}>{t('own_phones.none')}</p>}
      {seat.error && <ErrorTrouble error={seat.error} />}
      <ul className={styles.list}>
        {items.map((each) => (
          <li key={each.device}>
            <span className={styles.device}>{each.device}</span>
            <span className={styles.state}>
              <span>
                {each.answers_here ? <Pill>{t('own_phones.here')}</Pill> : t('own_phones.not_here')}
              </span>
              <small>
                {each.signed_in ? (
                  <>
                    {t(each.how === 'code' ? 'own_phones.by_code' : 'own_phones.by_web', {
                      name: each.signed_in.name,
                    })}
                    {each.since && (
                      <>
                        {', '}
                        <Moment at={each.since} />
                      </>
                    )}
                  </>
                ) : each.mine && each.shared_with.length === 0 ? (
                  t('own_phones.mine')
                ) : each.shared_with.length > 0 ? (
                  t('own_phones.shared', { names: each.shared_with.join(', ') })
                ) : (
                  t('own_phones.nobodys')
                )}
              </small>
            </span>
            {each.signed_in && each.answers_here ? (
              <Button
                variant="default"
                size="compact-md"
                loading={seat.isPending && seat.variables.device === each.device}
                aria-label={t('own_phones.sign_out_at', { device: each.device })}
                onClick={() => seat.mutate({ device: each.device, here: false })}
              >
                {t('own_phones.sign_out')}
              </Button>
            ) : (
              (!each.mine || each.shared_with.length > 0) && (
                <Button
                  variant="default"
                  size="compact-md"
                  loading={seat.isPending && seat.variables.device === each.device}
                  aria-label={t('own_phones.sign_in_at', { device: each.device })}
                  onClick={() => seat.mutate({ device: each.device, here: true })}
                >
                  {t('own_phones.sign_in')}
                </Button>
              )
            )}
            <PhoneWays phone={each} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** A phone that the PBX has not told of yet. */
function Another({ known }: { known: OwnPhone[] }) {
  const { t } = useWords();
  const seat = useSeat();
  const [device, setDevice] = useState('');
  return (
    <form
      className={styles.row}
      onSubmit={(event) => {
        event.preventDefault();
        seat.mutate({ device: device.trim(), here: true }, { onSuccess: () => setDevice('') });
      }}
    >
      <TextInput
        label={t('own_phones.another')}
        description={t('own_phones.another_help')}
        value={device}
        onChange={(event) => setDevice(event.currentTarget.value)}
        error={
          seat.error && !known.some((each) => each.device === device) ? errorWords(t, seat.error) : undefined
        }
      />
      <Button type="submit" variant="default" disabled={!device.trim()} loading={seat.isPending}>
        {t('own_phones.sign_in')}
      </Button>
    </form>
  );
}

function Code({ kept }: { kept: string | null }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const [code, setCode] = useState(kept ?? '');
  const save = useMutation({
    mutationFn: (next: string | null) => phones.setCode(next),
    onSuccess: (saved, next) => {
      queries.setQueryData(OWN, saved);
      toast(t(next ? 'own_phones.code_saved' : 'own_phones.code_gone'), () => {
        void phones.setCode(kept).then((back) => queries.setQueryData(OWN, back));
      });
    },
  });
  return (
    <form
      className={styles.row}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(code.trim() || null);
      }}
    >
      <TextInput
        label={t('own_phones.my_code')}
        description={t('own_phones.my_code_help')}
        value={code}
        inputMode="numeric"
        autoComplete="off"
        pattern="[0-9]{3,12}"
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button
        type="submit"
        variant="default"
        disabled={code.trim() === (kept ?? '')}
        loading={save.isPending}
      >
        {t('common.save')}
      </Button>
      {save.error && <ErrorTrouble error={save.error} />}
    </form>
  );
}

function Password() {
  const { t } = useWords();
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => phones.changePassword(old, next),
    onSuccess: (me) => {
      rememberToken(me.csrf_token);
      setOld('');
      setNext('');
      toast(t('own_phones.password_changed'));
    },
  });
  return (
    <form
      className={styles.password}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <PasswordInput
        label={t('own_phones.old_password')}
        value={old}
        autoComplete="current-password"
        required
        onChange={(event) => setOld(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('own_phones.new_password')}
        description={t('own_phones.new_password_help')}
        value={next}
        autoComplete="new-password"
        minLength={8}
        required
        onChange={(event) => setNext(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={change.isPending}>
        {t('own_phones.change_password')}
      </Button>
      {change.error && <ErrorTrouble error={change.error} />}
    </form>
  );
}
