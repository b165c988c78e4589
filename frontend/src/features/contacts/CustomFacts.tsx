/** What the company keeps beside what every card has: its own fields, addresses, deputies, the organisation's people. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId, type ReactNode } from 'react';

import { server } from '../../api/server';
import type { CardField, Contact } from '../../api/types';
import { useWords, type Words } from '../../i18n';
import { Moment } from '../../ui/Moment';
import styles from './contacts.module.css';

export function useCardFields(): CardField[] {
  const asked = useQuery({ queryKey: ['card-fields'], queryFn: server.cardFields, staleTime: 60_000 });
  return asked.data?.items ?? [];
}

export function CustomFacts({ contact }: { contact: Contact }) {
  const { t } = useWords();
  const fields = useCardFields();
  const id = useId();
  const labels = new Map(fields.map((field) => [field.key, field]));
  const facts: [string, ReactNode][] = [];
  if (contact.organisation_id)
    facts.push([
      t('form.organisation'),
      <Link key="of" to="/contacts/$contactId" params={{ contactId: contact.organisation_id }}>
        {contact.organisation ?? t('card.to_organisation')}
      </Link>,
    ]);
  if (contact.deputies.length > 0)
    facts.push([t('card.deputies'), contact.deputies.map((each) => each.name).join(', ')]);
  for (const address of contact.addresses)
    facts.push([
      address.label ?? t('card.address'),
      [address.postcode, address.country, address.region, address.city, address.street]
        .filter(Boolean)
        .join(', '),
    ]);
  for (const [key, value] of Object.entries(contact.custom)) {
    const field = labels.get(key);
    facts.push([field?.label ?? key, valueOf(t, field, value)]);
  }
  if (facts.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('card.more')}</h2>
      <dl className={styles.facts}>
        {facts.map(([name, value], place) => (
          <div key={place}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function valueOf(t: Words, field: CardField | undefined, value: string): ReactNode {
  switch (field?.kind) {
    case 'yes_no':
      return t(value === 'yes' ? 'card.yes' : 'card.no');
    case 'date':
      return <Moment at={value} dateOnly />;
    case 'url':
      return (
        <a href={value} target="_blank" rel="noreferrer noopener">
          {value}
        </a>
      );
    default:
      return value;
  }
}

/** Those who work there and have cards of their own. */
export function PeopleOf({ contact }: { contact: Contact }) {
  const { t } = useWords();
  const id = useId();
  const asked = useQuery({
    queryKey: ['contact', contact.contact_id, 'people'],
    queryFn: () => server.peopleOf(contact.contact_id),
    enabled: contact.kind === 'organisation',
  });
  const people = asked.data?.items ?? [];
  if (people.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{t('card.people')}</h2>
      <ul>
        {people.map((each) => (
          <li key={each.contact_id}>
            <Link to="/contacts/$contactId" params={{ contactId: each.contact_id }}>
              {each.name}
            </Link>
            {each.position && <small> {each.position}</small>}
          </li>
        ))}
      </ul>
    </section>
  );
}
