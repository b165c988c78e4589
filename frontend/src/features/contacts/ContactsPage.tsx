/** All cards, with a search over names, organisations and numbers in any spelling. */
import { Button, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFileImport, IconSearch, IconStarFilled, IconUserPlus } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useMemo, useState } from 'react';

import { server } from '../../api/server';
import type { Contact } from '../../api/types';
import { useMay } from '../../app/rights';
import { looksDialable, phoneWords } from '../../format/phone';
import { formatMoney } from '../../format/time';
import { useWords } from '../../i18n';
import { Avatar } from '../../ui/Avatar';
import { DataTable } from '../../ui/DataTable';
import { Moment } from '../../ui/Moment';
import { Empty, ErrorTrouble, Pill } from '../../ui/Words';
import { newestFirst } from '../desk/reason';
import { DialNumber } from '../dial/DialNumber';
import styles from './contacts.module.css';

const features = tableFeatures({});
const column = createColumnHelper<typeof features, Contact>();

export function ContactsPage() {
  const { t, language } = useWords();
  const mayDo = useMay();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 200);
  const found = useInfiniteQuery({
    queryKey: ['contacts', 'list', asked],
    queryFn: ({ pageParam }) =>
      server.contacts({
        limit: 50,
        before: pageParam,
        ...(looksDialable(asked) ? { number: asked } : { q: asked }),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const data = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const columns = useMemo(
    () =>
      column.columns([
        column.accessor('name', {
          header: t('form.name'),
          cell: ({ row: { original: contact } }) => (
            <span className={styles.nameCell}>
              <Avatar name={contact.name} square={contact.kind === 'organisation'} size={24} />
              <Link to="/contacts/$contactId" params={{ contactId: contact.contact_id }}>
                {contact.name}
              </Link>
              {contact.vip && (
                <Pill kind="vip">
                  <IconStarFilled size={11} aria-hidden="true" />
                  {t('desk.mark.vip')}
                </Pill>
              )}
            </span>
          ),
        }),
        column.accessor('organisation', { header: t('form.organisation'), cell: (cell) => cell.getValue() }),
        column.display({
          id: 'phone',
          header: t('form.phone'),
          cell: ({ row }) => {
            const phone = row.original.phones[0];
            return (
              phone && (
                <DialNumber
                  number={phone.number ?? phone.presented}
                  by={{ contact_id: row.original.contact_id, phone: 0 }}
                  written={phoneWords(phone)}
                />
              )
            );
          },
        }),
        column.display({
          id: 'order',
          header: t('orders.last'),
          cell: ({ row }) => {
            const order = newestFirst(row.original.orders)[0];
            return (
              order && (
                <span className={styles.orderCell}>
                  <span>
                    {order.number} · {order.status}
                  </span>
                  {order.total && (
                    <span className="figures">{formatMoney(language, order.total, order.currency)}</span>
                  )}
                </span>
              )
            );
          },
        }),
        column.display({
          id: 'manager',
          header: t('contacts.manager'),
          cell: ({ row }) => row.original.manager?.name,
        }),
        column.accessor('updated_at', {
          header: t('contacts.updated'),
          cell: (cell) => <Moment at={cell.getValue()} />,
        }),
      ]),
    [t, language],
  );
  const table = useTable({ features, columns, data });
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <h1>{t('contacts.title')}</h1>
        <TextInput
          type="search"
          className={styles.search}
          aria-label={t('contacts.search')}
          placeholder={t('contacts.search')}
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {mayDo('contacts.import') && (
          <Button
            component={Link}
            to="/contacts/import"
            variant="default"
            leftSection={<IconFileImport size={16} aria-hidden="true" />}
          >
            {t('contacts.import')}
          </Button>
        )}
        <Button
          component={Link}
          to="/contacts/new"
          leftSection={<IconUserPlus size={16} aria-hidden="true" />}
        >
          {t('contacts.new')}
        </Button>
      </div>
      {found.isError && <ErrorTrouble error={found.error} again={() => void found.refetch()} />}
      {found.isPending ? (
        <div className={styles.waiting}>
          {[0, 1, 2, 3, 4, 5].map((each) => (
            <Skeleton key={each} height={24} />
          ))}
        </div>
      ) : data.length > 0 ? (
        <DataTable
          table={table}
          label={t('contacts.title')}
          narrow={['name', 'phone']}
          fills="name"
          next={found.hasNextPage ? () => void found.fetchNextPage() : null}
          loading={found.isFetchingNextPage}
        />
      ) : (
        !found.isError && (
          <Empty title={asked ? t('contacts.nothing_found', { text: asked }) : t('contacts.empty')}>
            <p>{asked ? t('contacts.nothing_help') : t('contacts.empty_help')}</p>
          </Empty>
        )
      )}
    </div>
  );
}
