/** Who of the colleagues can be reached now. */
import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';

import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import desk from '../desk/desk.module.css';
import { DeviceMark } from './DeviceMark';
import { inOrder, matches } from './people';
import styles from './people.module.css';

const SHOWN = 40;

export function Colleagues() {
  const { t } = useWords();
  const { me } = useSession();
  const devices = useLive((state) => state.devices);
  const [text, setText] = useState('');
  const others = useMemo(
    () => inOrder(Object.values(devices).filter((device) => !me.devices.includes(device.device))),
    [devices, me.devices],
  );
  const found = others.filter((device) => matches(device, text));
  return (
    <section aria-labelledby="colleagues" className={desk.colleagues}>
      <h2 id="colleagues" className={desk.columnTitle}>
        {t('people.colleagues')}
      </h2>
      {others.length > 8 && (
        <TextInput
          type="search"
          aria-label={t('people.search')}
          placeholder={t('people.search')}
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {others.length === 0 && <p className={desk.quiet}>{t('people.none')}</p>}
      {others.length > 0 && found.length === 0 && (
        <p className={desk.quiet}>{t('people.nobody', { text })}</p>
      )}
      <ul className={styles.list}>
        {found.slice(0, SHOWN).map((device) => (
          <li
            key={`${device.pbx}/${device.device}`}
            className={styles.person}
            data-state={device.state}
            data-quiet={device.state === 'unreachable' || device.state === 'unknown' || undefined}
          >
            <DeviceMark state={device.state} />
            <span className={styles.name}>
              {device.employee?.name ?? t('people.phone', { device: device.device })}
              {device.employee && <small className="figures">{device.device}</small>}
            </span>
            <span className={styles.state}>{t(`people.state.${device.state}`)}</span>
          </li>
        ))}
      </ul>
      {found.length > SHOWN && (
        <p className={desk.quiet}>{t('people.more', { count: found.length - SHOWN })}</p>
      )}
    </section>
  );
}
