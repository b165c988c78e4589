/** Nothing rings: what will appear here, and the employee's last calls with what was missed. */
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { server } from '../../api/server';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useConnection, useLive } from '../../live/store';
import { ErrorTrouble } from '../../ui/Words';
import { CallRow } from '../calls/CallRow';
import { mergeCalls } from '../calls/merge';
import styles from './desk.module.css';

export function Idle() {
  const { t } = useWords();
  const { me } = useSession();
  const device = me.devices[0];
  const recent = useLive((state) => state.recent);
  const known = useLive((state) => state.epoch !== null);
  const connection = useConnection();
  const asked = useQuery({
    queryKey: ['calls', 'mine', device],
    queryFn: () => server.calls({ limit: 8, ...(device ? { device } : {}) }),
    refetchOnMount: 'always',
  });
  const mine = recent.filter((call) => call.devices.some((each) => me.devices.includes(each.device)));
  const calls = mergeCalls(mine, asked.data?.items ?? []).slice(0, 8);
  return (
    <div className={styles.idle}>
      <h1>
        {known ? t('desk.idle') : t(connection.state === 'lost' ? 'desk.not_known' : 'connection.connecting')}
      </h1>
      <p>
        {device
          ? t('desk.idle_help', { devices: me.devices.join(', '), count: me.devices.length })
          : t('desk.no_device_help')}
      </p>
      <section aria-labelledby="my-calls">
        <div className={styles.idleHead}>
          <h2 id="my-calls">{t('desk.my_calls')}</h2>
          <Button component={Link} to="/calls" variant="default" size="compact-sm">
            {t('desk.all_calls')}
          </Button>
        </div>
        {asked.isError && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
        {asked.isPending ? (
          <div className={styles.skeleton}>
            {[0, 1, 2, 3].map((each) => (
              <Skeleton key={each} height={24} />
            ))}
          </div>
        ) : calls.length === 0 ? (
          !asked.isError && <p className={styles.quiet}>{t('desk.no_history', { device: device ?? '' })}</p>
        ) : (
          <ul>
            {calls.map((call) => (
              <CallRow key={call.call_id} call={call} ours={me.devices} />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}
