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
  // Whoever has no phone is shown everybody's calls, as far as their role sees them.
  const current = useLive((state) => (device ? null : state.calls));
  const known = useLive((state) => state.epoch !== null);
  const connection = useConnection();
  const asked = useQuery({
    queryKey: ['calls', 'mine', device],
    queryFn: () => server.calls({ limit: 8, ...(device ? { device } : {}) }),
    refetchOnMount: 'always',
  });
  const heard = current
    ? [...recent, ...Object.values(current)]
    : recent.filter((call) => call.devices.some((each) => me.devices.includes(each.device)));
  const calls = mergeCalls(heard, asked.data?.items ?? []).slice(0, 8);
  return (
    <div className={styles.idle}>
      <h1>
        {known
          ? t(device ? 'desk.idle' : 'desk.no_device')
          : t(connection.state === 'lost' ? 'desk.not_known' : 'connection.connecting')}
      </h1>
      <p>
        {device
          ? t('desk.idle_help', { devices: me.devices.join(', '), count: me.devices.length })
          : t('desk.no_device_help')}
      </p>
      {!device && (
        <p>
          <Button component={Link} to="/settings/phones" variant="default" size="compact-sm">
            {t('desk.sign_in_at_phone')}
          </Button>
        </p>
      )}
      <section aria-labelledby="my-calls">
        <div className={styles.idleHead}>
          <h2 id="my-calls">{t(device ? 'desk.my_calls' : 'desk.last_calls')}</h2>
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
          !asked.isError && (
            <p className={styles.quiet}>
              {device ? t('desk.no_history', { device }) : t('calls.empty_help')}
            </p>
          )
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
