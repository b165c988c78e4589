/** Who sits at which phone: as the phone system names its phones, to be corrected by hand. */
import { Checkbox, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble, Notice } from '../../ui/Words';
import { devicesFound } from '../pbxs/checks';
import { Onwards, type StepProps } from './steps';
import styles from './setup.module.css';

export function PeopleStep({ next, skip, moving }: StepProps) {
  const { t } = useWords();
  const found = useQuery({
    queryKey: ['setup', 'phones'],
    queryFn: async () => {
      const { items } = await server.pbxSettings();
      const looked = await Promise.all(
        items.map(({ name, type, settings }) => server.examinePbx({ name, type, settings })),
      );
      return looked.map(devicesFound);
    },
    staleTime: Infinity,
  });
  if (found.isError) return <ErrorTrouble error={found.error} again={() => void found.refetch()} />;
  if (!found.data)
    return (
      <>
        <p role="status">{t('setup.people.looking')}</p>
        <Waiting rows={6} />
        <Onwards skip={skip} moving={moving} />
      </>
    );
  const phones = [...new Set(found.data.flatMap(({ devices }) => devices))];
  const names = Object.assign({}, ...found.data.map((each) => each.names)) as Record<string, string>;
  if (phones.length === 0)
    return (
      <>
        <Notice>{t('setup.people.none')}</Notice>
        <Onwards skip={skip} moving={moving} />
      </>
    );
  return <Phones phones={phones} names={names} next={next} skip={skip} moving={moving} />;
}

function Phones({
  phones,
  names,
  next,
  skip,
  moving,
}: StepProps & { phones: string[]; names: Record<string, string> }) {
  const { t } = useWords();
  const { me } = useSession();
  const queries = useQueryClient();
  const [mine, setMine] = useState<string | null>(me.devices[0] ?? null);
  const [written, setWritten] = useState<Record<string, string>>(names);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const taken = phones.filter((device) => device !== mine && !left.has(device));
  const seat = useMutation({
    mutationFn: () =>
      server.seatPeople({
        mine,
        others: Object.fromEntries(taken.map((device) => [device, written[device]?.trim() || device])),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['me'] });
      next();
    },
  });
  const toggle = (device: string, take: boolean): void => {
    const other = new Set(left);
    if (take) other.delete(device);
    else other.add(device);
    setLeft(other);
  };
  return (
    <>
      <Select
        label={t('setup.people.mine')}
        description={t('setup.people.mine_about')}
        placeholder={t('setup.people.mine_none')}
        data={phones.map((device) => ({
          value: device,
          label: names[device] ? t('setup.people.phone_of', { device, name: names[device] }) : device,
        }))}
        value={mine}
        onChange={setMine}
        searchable
        clearable
        className={styles.narrow}
      />
      <table className={styles.phones}>
        <caption>{t('setup.people.found', { count: phones.length })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('setup.people.take')}</th>
            <th scope="col">{t('setup.people.phone')}</th>
            <th scope="col">{t('setup.people.person')}</th>
          </tr>
        </thead>
        <tbody>
          {phones.map((device) => (
            <tr key={device} data-left={left.has(device) || undefined}>
              <td>
                <Checkbox
                  aria-label={t('setup.people.take_phone', { device })}
                  checked={device === mine || !left.has(device)}
                  disabled={device === mine}
                  onChange={(event) => toggle(device, event.currentTarget.checked)}
                />
              </td>
              <td className={styles.figure}>{device}</td>
              <td>
                {device === mine ? (
                  t('setup.people.you', { name: me.name })
                ) : (
                  <TextInput
                    size="xs"
                    aria-label={t('setup.people.name_of', { device })}
                    placeholder={device}
                    disabled={left.has(device)}
                    value={written[device] ?? ''}
                    onChange={(event) => setWritten({ ...written, [device]: event.currentTarget.value })}
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.hint}>{t('setup.people.passwords_later')}</p>
      {seat.isError && <ErrorTrouble error={seat.error} />}
      <Onwards
        words={t('setup.people.button', { count: taken.length })}
        onClick={() => seat.mutate()}
        busy={seat.isPending}
        skip={skip}
        moving={moving}
      />
    </>
  );
}
