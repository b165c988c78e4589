/** Whom a number would reach, from which phone, showing which number, and what speaks against it. */
import { NativeSelect } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import type { DialPreview } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { useWords, type Words } from '../../i18n';
import { chooseCallerId, chooseDevice, useDialling } from './dial';
import styles from './question.module.css';

export function whomOf(t: Words, preview: DialPreview): string {
  const known = preview.contact
    ? [preview.contact.name, preview.contact.organisation].filter(Boolean).join(', ')
    : preview.colleague?.name;
  const number = formatPhone(preview.number ?? preview.dialled ?? preview.query);
  if (preview.kind === 'emergency') return t('handling.emergency', { number });
  return [known, number, preview.place].filter(Boolean).join(' · ');
}

export function Warnings({ preview }: { preview: DialPreview }) {
  const { t } = useWords();
  return (
    <ul className={styles.warnings}>
      {preview.warnings.map(({ code, local_time: time }) => (
        <li key={code}>
          <IconAlertTriangle size={16} aria-hidden="true" />
          {code === 'night' && time
            ? // RFC 3339 with the zone's own offset: the wall's time there.
              t('handling.warning.night_at', { time: time.slice(11, 16) })
            : t(`handling.warning.${code}`)}
        </li>
      ))}
    </ul>
  );
}

/** The phone that rings first and the number that is shown, where there is a choice. */
export function From({ preview }: { preview: DialPreview }) {
  const { t } = useWords();
  const { callerId, device: chosen } = useDialling();
  const device = chosen && preview.devices.some((each) => each.device === chosen) ? chosen : preview.device;
  return (
    <div className={styles.from}>
      {preview.devices.length > 1 ? (
        <NativeSelect
          size="xs"
          label={t('handling.from_phone')}
          value={device ?? ''}
          onChange={(event) => chooseDevice(event.currentTarget.value)}
          data={preview.devices.map((each) => ({
            value: each.device,
            label: `${each.device} · ${t(`people.state.${each.state}`)}`,
          }))}
        />
      ) : (
        <p>
          <small>{t('handling.from_phone')}</small>
          <span className="figures">{device ?? '—'}</span>
        </p>
      )}
      {preview.kind === 'outside' && preview.caller_ids.length > 1 && (
        <NativeSelect
          size="xs"
          label={t('handling.shows_number')}
          value={callerId && preview.caller_ids.includes(callerId) ? callerId : ''}
          onChange={(event) => chooseCallerId(event.currentTarget.value || null)}
          data={[
            { value: '', label: t('handling.usual_number') },
            ...preview.caller_ids.map((each) => ({ value: each, label: formatPhone(each) })),
          ]}
        />
      )}
      {preview.kind === 'outside' && preview.caller_ids.length === 1 && preview.caller_ids[0] && (
        <p>
          <small>{t('handling.shows_number')}</small>
          <span className="figures">{formatPhone(preview.caller_ids[0])}</span>
        </p>
      )}
    </div>
  );
}
