/** What an examination found, one line a check: what it means, what to do, and how long it took. */
import { IconAlertTriangle, IconCheck, IconHelpCircle, IconX } from '@tabler/icons-react';

import type { PbxCheck, PbxExamination } from '../../api/types';
import { useWords, type Words } from '../../i18n';
import { isPermission, PERMISSIONS, textOf } from './checks';
import styles from './pbxs.module.css';

const MARKS = { fine: IconCheck, mind: IconAlertTriangle, wrong: IconX, unknown: IconHelpCircle } as const;

const REACH = {
  unknown_host: 'unknown_host',
  closed: 'closed',
  no_answer: 'no_answer',
  no_way: 'no_way',
  silent: 'silent',
  http: 'http',
  ssh: 'ssh',
  sip: 'sip',
  tls_wanted: 'tls_wanted',
  no_tls: 'no_tls',
  certificate: 'certificate',
  not_ami: 'not_ami',
} as const;

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** A newer server may check what we have no words for: then its own say it. */
function wordsOf(t: Words, check: PbxCheck): { title: string; about?: string } {
  const { name, verdict, reason, facts, text } = check;
  if (isPermission(name)) {
    const [kind = '', what = ''] = name.split('.');
    const title = t('checks.permission', { kind, name: what });
    if (verdict === 'fine') return { title };
    const lacking = t(`checks.lacking.${PERMISSIONS[name]}`);
    return { title, about: verdict === 'unknown' ? `${t('checks.not_proved')} ${lacking}` : lacking };
  }
  switch (name) {
    case 'reach':
      if (verdict === 'fine')
        return { title: t('checks.reach_fine', { address: textOf(facts.our_address) }) };
      return reason in REACH
        ? { title: t('checks.reach_wrong'), about: t(`checks.reach.${REACH[reason as keyof typeof REACH]}`) }
        : { title: t('checks.reach_wrong'), about: text };
    case 'login':
      if (verdict === 'fine') return { title: t('checks.login_fine') };
      return reason === 'denied'
        ? {
            title: t('checks.login_wrong'),
            about: t('checks.denied', { address: textOf(facts.our_address) }),
          }
        : { title: t('checks.login_wrong'), about: text };
    case 'version':
      if (verdict === 'wrong') return { title: t('checks.too_old'), about: t('checks.too_old_about') };
      return {
        title: t(facts.freepbx ? 'checks.version_freepbx' : 'checks.version', {
          version: textOf(facts.version) || '?',
        }),
      };
    case 'answers':
      return { title: t('checks.silent'), about: t('checks.silent_about') };
    case 'devices': {
      const count = listOf(facts.devices).length;
      if (verdict !== 'fine') return { title: t('checks.no_devices'), about: t('checks.no_devices_about') };
      return {
        title: t('checks.devices', { count, drivers: listOf(facts.drivers).join(', ') }),
        about: textOf(facts.ranges),
      };
    }
    case 'queues': {
      const queues = listOf(facts.queues);
      return queues.length
        ? { title: t('checks.queues', { count: queues.length }), about: queues.slice(0, 8).join(', ') }
        : { title: t('checks.no_queues') };
    }
    default:
      return { title: text };
  }
}

export function CheckList({ examination }: { examination: PbxExamination }) {
  const { t } = useWords();
  return (
    <ul className={styles.checks} aria-label={t('checks.label')}>
      {examination.checks.map((check) => {
        const { title, about } = wordsOf(t, check);
        const Icon = MARKS[check.verdict];
        return (
          <li key={check.name} data-verdict={check.verdict} data-check={check.name}>
            <Icon size={18} stroke={1.9} aria-hidden="true" />
            <div>
              <p>
                <span className={styles.verdict}>{t(`checks.verdict.${check.verdict}`)}</span> {title}
              </p>
              {about && <p className={styles.about}>{about}</p>}
            </div>
            <span className={styles.took}>{t('checks.took', { ms: Math.round(check.took_ms) })}</span>
          </li>
        );
      })}
    </ul>
  );
}
