/** The caller waits in the parking: where, and how anybody gets them back. */
import { Button } from '@mantine/core';
import { IconParking } from '@tabler/icons-react';

import type { Pop } from '../../api/types';
import { useWords } from '../../i18n';
import { useCanDial, useDial } from '../dial/dial';
import styles from './control.module.css';
import { useSlot } from './parked';

export function Parked({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const slot = useSlot(pop);
  const dial = useDial();
  const canDial = useCanDial();
  if (slot === null) return null;
  return (
    <section className={styles.parked} role="status" aria-label={t('control.parked.label')}>
      <IconParking size={24} stroke={1.75} aria-hidden="true" />
      <p>
        <strong>{slot ? t('control.parked.at', { slot }) : t('control.parked.somewhere')}</strong>
        <span>{slot ? t('control.parked.fetch_by', { slot }) : t('control.parked.fetch_anyhow')}</span>
      </p>
      {slot && canDial && <Button onClick={() => dial(slot)}>{t('control.parked.fetch')}</Button>}
    </section>
  );
}
