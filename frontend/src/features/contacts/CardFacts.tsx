import { useId, type ReactNode } from 'react';

import type { Contact } from '../../api/types';
import { phoneWords } from '../../format/phone';
import { useWords } from '../../i18n';
import { useSession } from '../../app/session';
import { DialNumber } from '../dial/DialNumber';
import { CopyNumber } from '../../ui/CopyNumber';
import styles from './contacts.module.css';

/** Who looks after them and how else to reach them. */
export function CardFacts({ contact }: { contact: Contact }) {
  const { t } = useWords();
  const { me } = useSession();
  const id = useId();
  const facts: [string, ReactNode][] = [];
  if (contact.manager)
    facts.push([
      t('contacts.manager'),
      contact.manager.employee_id === me.employee_id ? t('contacts.manager_you') : contact.manager.name,
    ]);
  if (contact.phones.length > 0)
    facts.push([
      t('contacts.phones', { count: contact.phones.length }),
      <ul key="phones">
        {contact.phones.map((phone, place) => (
          <li key={place}>
            <DialNumber
              number={phone.number ?? phone.presented}
              by={{ contact_id: contact.contact_id, phone: place }}
              written={phoneWords(phone)}
            />
            {phone.label && <small> {phone.label}</small>}
            <CopyNumber phone={phone} />
          </li>
        ))}
      </ul>,
    ]);
  if (contact.emails.length > 0)
    facts.push([
      t('contacts.emails', { count: contact.emails.length }),
      <ul key="emails">
        {contact.emails.map((each) => (
          <li key={each.email}>
            <a href={`mailto:${each.email}`}>{each.email}</a>
            {each.label && <small> {each.label}</small>}
          </li>
        ))}
      </ul>,
    ]);
  if (contact.city) facts.push([t('contacts.city'), contact.city]);
  if (contact.comment) facts.push([t('contacts.comment'), contact.comment]);
  if (facts.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('contacts.about')}</h2>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
