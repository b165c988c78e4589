/** A call that is none rings this screen; then a real one may. */
import { Button } from '@mantine/core';
import { IconCheck, IconHistory, IconPhoneRinging } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { server } from '../../api/server';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { ErrorTrouble } from '../../ui/Words';
import { usePops } from '../desk/pops';
import { Onwards, type StepProps } from './steps';
import styles from './setup.module.css';

const REHEARSED = 'rehearsed-';

export function TrialStep({ next, skip, moving }: StepProps) {
  const { t } = useWords();
  const { me } = useSession();
  const pops = usePops();
  const ring = useMutation({ mutationFn: server.rehearseCall });
  const real = pops.find((pop) => !pop.call_id.startsWith(REHEARSED));
  const seen = ring.data !== undefined && pops.some((pop) => pop.call_id === ring.data.call_id);
  return (
    <>
      <div className={styles.trial}>
        <Button
          size="lg"
          variant={seen ? 'default' : 'filled'}
          leftSection={<IconPhoneRinging size={20} aria-hidden="true" />}
          onClick={() => ring.mutate()}
          loading={ring.isPending}
        >
          {t(ring.data ? 'setup.trial.again' : 'setup.trial.ring')}
        </Button>
        <p role="status" className={styles.outcome}>
          {seen && (
            <>
              <IconCheck size={18} aria-hidden="true" />
              {t('setup.trial.seen')}
            </>
          )}
        </p>
      </div>
      {ring.isError && <ErrorTrouble error={ring.error} />}
      <p className={styles.hint}>{t('setup.trial.kept_nowhere')}</p>
      {me.devices.length > 0 && (
        <p className={styles.hint}>
          {real ? t('setup.trial.real_seen') : t('setup.trial.real', { device: me.devices.join(', ') })}
        </p>
      )}
      <p className={styles.hint}>{t('setup.trial.history')}</p>
      <Link to="/settings/$section/{-$item}" params={{ section: 'history' }} className={styles.link}>
        <IconHistory size={18} aria-hidden="true" />
        {t('setup.trial.history_open')}
      </Link>
      <Onwards words={t('setup.trial.button')} onClick={next} skip={skip} moving={moving} certain />
    </>
  );
}
