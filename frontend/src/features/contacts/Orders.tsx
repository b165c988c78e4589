/** The last order whole, because it is the likeliest reason to call; the others a line each, opened on demand. */
import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';

import type { Order } from '../../api/types';
import { formatMoney } from '../../format/time';
import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { newestFirst } from '../desk/reason';
import styles from './contacts.module.css';

export function Orders({ orders }: { orders: Order[] }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const id = useId();
  const sorted = newestFirst(orders);
  const [last, ...earlier] = sorted;
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('orders.last')}</h2>
      {last ? <LastOrder order={last} /> : <p className={styles.none}>{t('orders.none')}</p>}
      {earlier.length > 0 && (
        <>
          <UnstyledButton className={styles.more} aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? (
              <IconChevronDown size={16} aria-hidden="true" />
            ) : (
              <IconChevronRight size={16} aria-hidden="true" />
            )}
            {t('orders.earlier', { count: earlier.length })}
          </UnstyledButton>
          {open && (
            <ul className={styles.orders}>
              {earlier.map((order) => (
                <OrderLine key={order.number} order={order} />
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}

function ItemTotal({ item, currency }: { item: Order['items'][number]; currency: string | null }) {
  const { t, language } = useWords();
  if (item.price === null) return <>{item.quantity}</>;
  const price = formatMoney(language, item.price, currency);
  return <>{item.quantity === null ? price : t('orders.times', { quantity: item.quantity, price })}</>;
}

function Total({ order }: { order: Order }) {
  const { language } = useWords();
  if (order.total === null) return null;
  return <span className={styles.total}>{formatMoney(language, order.total, order.currency)}</span>;
}

function LastOrder({ order }: { order: Order }) {
  const { t } = useWords();
  return (
    <div className={styles.lastOrder}>
      <p className={styles.lastOrderHead}>
        <strong>{t('orders.number', { number: order.number })}</strong>
        {order.status && <span className={styles.status}>{order.status}</span>}
        {order.date ? <Moment at={order.date} dateOnly /> : <span />}
        <Total order={order} />
      </p>
      {order.items.length > 0 && (
        <ul className={styles.items}>
          {order.items.slice(0, 5).map((item, index) => (
            <li key={index}>
              <span>{item.name}</span>
              <span className="figures">
                <ItemTotal item={item} currency={order.currency} />
              </span>
            </li>
          ))}
          {order.items.length > 5 && <li>{t('orders.more_items', { count: order.items.length - 5 })}</li>}
        </ul>
      )}
    </div>
  );
}

function OrderLine({ order }: { order: Order }) {
  const { t } = useWords();
  return (
    <li>
      <span>{t('orders.number', { number: order.number })}</span>
      <span className={styles.status}>{order.status}</span>
      {order.date ? <Moment at={order.date} dateOnly /> : <span />}
      <Total order={order} />
    </li>
  );
}
