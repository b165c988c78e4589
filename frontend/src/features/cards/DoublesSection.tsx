/** Cards that may be of one and the same, side by side; one click makes one of two, and it can be taken back. */
import { Button, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { server } from '../../api/server';
import type { Contact } from '../../api/types';
import { formatPhone, phoneWords } from '../../format/phone';
import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';
import { Waiting } from '../../ui/Waiting';
import { Empty, ErrorTrouble } from '../../ui/Words';
import styles from './cards.module.css';

export function DoublesSection() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [by, setBy] = useState<'number' | 'email'>('number');
  const asked = useInfiniteQuery({
    queryKey: ['doubles', by],
    queryFn: ({ pageParam }) => server.doubles(by, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: ['doubles'] });
  const merge = useMutation({
    mutationFn: async ({ kept, others }: { kept: Contact; others: Contact[] }) => {
      const undo: [string, string][] = [];
      let now = kept;
      for (const other of others) {
        const merged = await server.mergeContacts(now, other);
        undo.unshift([kept.contact_id, merged.change_id]);
        now = merged.contact;
      }
      return { kept: now, undo };
    },
    onSuccess: ({ kept, undo }) =>
      toast(t('doubles.joined', { name: kept.name }), async () => {
        for (const [contactId, changeId] of undo) await server.undoChange(contactId, changeId);
        await again();
      }),
    onSettled: again,
  });
  const groups = asked.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={styles.doubles}>
      <p className={styles.lead}>{t('doubles.lead')}</p>
      <div className={styles.bar}>
        <span id="doubles-by">{t('doubles.by')}</span>
        <SegmentedControl
          aria-labelledby="doubles-by"
          value={by}
          onChange={(next) => setBy(next === 'email' ? 'email' : 'number')}
          data={[
            { value: 'number', label: t('doubles.number') },
            { value: 'email', label: t('doubles.email') },
          ]}
        />
      </div>
      {asked.isPending && <Waiting rows={4} />}
      {asked.error && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {merge.error && <ErrorTrouble error={merge.error} />}
      {asked.isSuccess && groups.length === 0 && (
        <Empty title={t('doubles.none')}>
          <p>{t('doubles.none_help')}</p>
        </Empty>
      )}
      {groups.map((group) => (
        <section key={group.key} className={styles.group} aria-label={group.key}>
          <h2>{by === 'number' ? formatPhone(group.key) : group.key}</h2>
          <ul>
            {group.contacts.map((contact) => (
              <li key={contact.contact_id}>
                <div>
                  <Link to="/contacts/$contactId" params={{ contactId: contact.contact_id }}>
                    {contact.name}
                  </Link>
                  <p>
                    {[
                      contact.organisation,
                      contact.city,
                      ...contact.phones.map(phoneWords),
                      ...contact.emails.map((each) => each.email),
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </p>
                </div>
                <Button
                  size="compact-sm"
                  variant="default"
                  disabled={merge.isPending}
                  onClick={() =>
                    merge.mutate({
                      kept: contact,
                      others: group.contacts.filter((each) => each.contact_id !== contact.contact_id),
                    })
                  }
                >
                  {t('doubles.keep')}
                </Button>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {asked.hasNextPage && (
        <Button
          variant="default"
          size="compact-sm"
          loading={asked.isFetchingNextPage}
          onClick={() => void asked.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}
