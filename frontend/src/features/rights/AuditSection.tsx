/** The audit trail: who did what, newest first. */
import { Button, Select } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import { useWords, type Words } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble } from '../../ui/Words';
import { people, type AuditEntry } from './api';
import styles from './rights.module.css';

const ABOUT = [
  'session',
  'employee',
  'device',
  'team',
  'role',
  'token',
  'contact',
  'contacts',
  'calls',
  'settings',
  'pbx',
] as const;

/** In the place of an address: at a terminal of the server itself. */
const COMMAND_LINE = 'command line';

/** What is in the trail; what a newer server adds is shown by its name. */
const ACTS = [
  'session_opened',
  'session_closed',
  'session_refused',
  'employee_added',
  'employee_changed',
  'employee_code_changed',
  'employee_password_changed',
  'employee_password_reset',
  'employee_presence_set',
  'employees_imported',
  'device_signed_in',
  'device_signed_out',
  'device_code_refused',
  'team_added',
  'team_changed',
  'team_deleted',
  'role_added',
  'role_changed',
  'role_deleted',
  'token_added',
  'token_revoked',
  'contact_deleted',
  'contact_restored',
  'contact_merged',
  'contact_parted',
  'contact_erased',
  'contact_numbers_revealed',
  'contact_attachment_removed',
  'contact_note_removed',
  'contacts_imported',
  'contacts_import_undone',
  'contacts_exported',
  'calls_imported',
  'calls_import_undone',
  'call_monitored',
  'settings_changed',
  'mail_tried',
  'pbx_added',
  'pbx_changed',
  'pbx_removed',
] as const;

function actWords(t: Words, action: string): string | null {
  const known = ACTS.find((each) => each === action.replace('.', '_'));
  return known ? t(`rights.act.${known}`) : null;
}

export function AuditSection() {
  const { t } = useWords();
  const [action, setAction] = useState<string | null>(null);
  const [who, setWho] = useState<string | null>(null);
  const colleagues = useQuery({ queryKey: ['employees'], queryFn: server.employees });
  const trail = useInfiniteQuery({
    queryKey: ['audit', action, who],
    queryFn: ({ pageParam }) =>
      people.audit({
        limit: 50,
        before: pageParam,
        ...(action ? { action } : {}),
        ...(who ? { employee_id: who } : {}),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const entries = trail.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={styles.stack}>
      <div className={styles.row}>
        <Select
          label={t('rights.about_what')}
          placeholder={t('rights.everything')}
          data={ABOUT.map((value) => ({ value, label: t(`rights.about.${value}`) }))}
          value={action}
          onChange={setAction}
          clearable
        />
        <Select
          label={t('rights.by_whom')}
          placeholder={t('rights.everybody')}
          data={(colleagues.data?.items ?? []).map((each) => ({ value: each.employee_id, label: each.name }))}
          value={who}
          onChange={setWho}
          searchable
          clearable
        />
      </div>
      {trail.error && <ErrorTrouble error={trail.error} again={() => void trail.refetch()} />}
      {trail.isPending ? (
        <Waiting rows={6} />
      ) : entries.length === 0 ? (
        <p className={styles.quiet}>{t('rights.nothing_yet')}</p>
      ) : (
        <table className={styles.list}>
          <thead>
            <tr>
              <th scope="col">{t('rights.when')}</th>
              <th scope="col">{t('rights.by_whom')}</th>
              <th scope="col">{t('rights.what')}</th>
              <th scope="col" data-wide>
                {t('rights.from_where')}
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.audit_id}>
                <td>
                  <Moment at={entry.at} clock />
                </td>
                <td>
                  {entry.employee_name ?? '—'}
                  {entry.token_id && <span className={styles.quiet}> · {t('rights.by_token')}</span>}
                  {entry.address === COMMAND_LINE && (
                    <span className={styles.quiet}> · {t('rights.by_command_line')}</span>
                  )}
                </td>
                <td>
                  {actWords(t, entry.action) ?? <code>{entry.action}</code>}{' '}
                  {entry.object_name ?? entry.object_id}
                  <Changes entry={entry} />
                </td>
                <td data-wide className="figures">
                  {entry.address !== COMMAND_LINE && entry.address}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {trail.hasNextPage && (
        <div>
          <Button
            variant="default"
            onClick={() => void trail.fetchNextPage()}
            loading={trail.isFetchingNextPage}
          >
            {t('rights.older')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Changes({ entry }: { entry: AuditEntry }) {
  const { t } = useWords();
  const fields = [...new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})])].filter(
    (field) => field !== 'version',
  );
  if (fields.length === 0) return null;
  const said = (value: unknown): string =>
    value === null || value === undefined || value === ''
      ? t('draft.nothing')
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);
  return (
    <p className={styles.details}>
      {fields.map((field) => (
        <span key={field}>
          {field}: {entry.before && field in entry.before ? `${said(entry.before[field])} → ` : ''}
          {said(entry.after?.[field])}
        </span>
      ))}
    </p>
  );
}
