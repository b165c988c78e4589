/** One card: what is known, its calls, and changing it without overwriting a colleague's change. */
import { Button, Skeleton } from '@mantine/core';
import { IconPencil, IconStarFilled } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { Refused } from '../../api/http';
import { server } from '../../api/server';
import type { Contact, ContactDraft } from '../../api/types';
import { keep } from '../../app/preferences';
import { phoneWords } from '../../format/phone';
import { useWords } from '../../i18n';
import { Avatar } from '../../ui/Avatar';
import { Empty, ErrorTrouble, Pill, Trouble } from '../../ui/Words';
import { CardFacts } from './CardFacts';
import { CardTimeline } from './CardTimeline';
import { ContactForm, draftOf, forgetDraft, keptDraft } from './ContactForm';
import styles from './contacts.module.css';
import { CustomFacts, PeopleOf } from './CustomFacts';
import { DeleteCard } from './DeleteCard';
import { EraseCard } from './EraseCard';
import { Files } from './Files';
import { contactKey } from './fresh';
import { History } from './History';
import { Notes } from './Notes';
import { Orders } from './Orders';
import { Reminders } from './Reminders';

export function ContactPage() {
  const { t } = useWords();
  const { contactId } = useParams({ from: '/contacts/$contactId' });
  const asked = useQuery({
    queryKey: contactKey(contactId),
    queryFn: () => server.contact(contactId),
    refetchOnMount: 'always',
  });
  if (asked.data) return <Card key={contactId} contact={asked.data} />;
  if (asked.isPending)
    return (
      <div className={styles.page}>
        <div className={styles.waiting}>
          <Skeleton height={56} width={320} />
          <Skeleton height={120} />
          <Skeleton height={120} />
        </div>
      </div>
    );
  return asked.error instanceof Refused && asked.error.problem.status === 404 ? (
    <div className={styles.page}>
      <Empty title={t('contacts.gone')}>
        <p>
          <Link to="/contacts">{t('contacts.to_all')}</Link>
        </p>
      </Empty>
    </div>
  ) : (
    <div className={styles.page}>
      <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />
    </div>
  );
}

function Card({ contact }: { contact: Contact }) {
  const { t } = useWords();
  // What was typed when the phone rang is not lost with the page: the card is still being changed.
  const [editing, setEditing] = useState(() => keptDraft(contact.contact_id) !== null);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <Avatar name={contact.name} square={contact.kind === 'organisation'} size={56} />
        <div className={styles.headText}>
          <h1>{contact.name}</h1>
          <p>{[contact.organisation, contact.position].filter(Boolean).join(' · ') || '\u00a0'}</p>
        </div>
        <p className={styles.marks}>
          {contact.vip && (
            <Pill kind="vip">
              <IconStarFilled size={11} aria-hidden="true" />
              {t('desk.mark.vip')}
            </Pill>
          )}
          {contact.segment && <Pill>{contact.segment}</Pill>}
          {contact.tags.map((tag) => (
            <Pill key={tag}>{tag}</Pill>
          ))}
        </p>
        {!editing && (
          <Button
            variant="default"
            leftSection={<IconPencil size={16} aria-hidden="true" />}
            onClick={() => setEditing(true)}
          >
            {t('contacts.change')}
          </Button>
        )}
        {!editing && <DeleteCard contact={contact} />}
      </div>
      <div className={styles.columns}>
        <div className={styles.sheet}>
          {editing ? (
            <Editing contact={contact} done={() => setEditing(false)} />
          ) : (
            <>
              <Orders orders={contact.orders} />
              <Notes contact={contact} />
              <CardFacts contact={contact} />
              <CustomFacts contact={contact} />
              <PeopleOf contact={contact} />
              <Reminders contact={contact} />
              <Files contact={contact} />
              <History contact={contact} />
              <EraseCard contact={contact} />
            </>
          )}
        </div>
        <CardTimeline contact={contact} />
      </div>
    </div>
  );
}

const openedKey = (contactId: string): string => `${contactId}:opened`;

/** The card that a kept draft was begun on; a colleague's change since then must be seen as one. */
function openedOf(contact: Contact): Contact {
  const kept = keptDraft(contact.contact_id) !== null && keptDraft(openedKey(contact.contact_id));
  if (!kept) return contact;
  try {
    return { ...contact, ...(JSON.parse(kept) as Partial<Contact>) };
  } catch {
    return contact;
  }
}

function Editing({ contact, done }: { contact: Contact; done: () => void }) {
  const { t } = useWords();
  const queries = useQueryClient();
  // The version that the form was opened with: a pop may refresh the card underneath while somebody types.
  const [opened, setOpened] = useState(() => openedOf(contact));
  const [round, setRound] = useState(0);
  const [theirs, setTheirs] = useState<Contact | null>(null);
  const [mine, setMine] = useState<ContactDraft | null>(null);
  const draftKey = contact.contact_id;
  useEffect(() => {
    const { version } = opened;
    keep(`ringcard.card.${openedKey(draftKey)}`, JSON.stringify({ version, ...draftOf(opened) }));
    return () => {
      if (keptDraft(draftKey) === null) forgetDraft(openedKey(draftKey));
    };
  }, [draftKey, opened]);
  const forget = (): void => {
    forgetDraft(draftKey);
    forgetDraft(openedKey(draftKey));
  };
  const save = useMutation({
    mutationFn: ({ draft, version }: { draft: ContactDraft; version: number }) => {
      setMine(draft);
      return server.changeContact(contact.contact_id, version, draft);
    },
    onSuccess: (saved) => {
      forget();
      queries.setQueryData(contactKey(saved.contact_id), saved);
      void queries.invalidateQueries({ queryKey: ['contacts'] });
      done();
    },
    onError: async (error) => {
      if (error instanceof Refused && error.errorId === 'changed_meanwhile')
        setTheirs(await server.contact(contact.contact_id));
    },
  });
  const conflict = save.error instanceof Refused && save.error.errorId === 'changed_meanwhile';
  return (
    <>
      {save.isError && !conflict && <ErrorTrouble error={save.error} />}
      {conflict && (
        <Trouble>
          <p>{t('contacts.conflict', { count: theirs ? changedFields(opened, theirs).length : 0 })}</p>
          {theirs && (
            <ul className={styles.changes}>
              {changedFields(opened, theirs).map((field) => (
                <li key={field}>
                  {t(`fields.${field}`)}: <del>{valueWords(opened, field)}</del>{' '}
                  <ins>{valueWords(theirs, field)}</ins>
                </li>
              ))}
            </ul>
          )}
          <div className={styles.buttons}>
            <Button
              size="compact-sm"
              variant="default"
              disabled={!theirs}
              onClick={() => {
                if (!theirs) return;
                queries.setQueryData(contactKey(theirs.contact_id), theirs);
                forget();
                setOpened(theirs);
                setTheirs(null);
                setRound(round + 1);
                save.reset();
              }}
            >
              {t('contacts.take_theirs')}
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              disabled={!theirs || !mine}
              onClick={() => theirs && mine && save.mutate({ draft: mine, version: theirs.version })}
            >
              {t('contacts.keep_mine')}
            </Button>
          </div>
        </Trouble>
      )}
      <ContactForm
        key={round}
        start={draftOf(opened)}
        draftKey={draftKey}
        busy={save.isPending}
        save={(draft) => save.mutate({ draft, version: opened.version })}
        cancel={
          <Button
            variant="default"
            onClick={() => {
              forget();
              done();
            }}
          >
            {t('common.cancel')}
          </Button>
        }
      />
    </>
  );
}

const FIELDS = [
  'name',
  'organisation',
  'position',
  'phones',
  'emails',
  'segment',
  'tags',
  'vip',
  'city',
  'comment',
] as const;

function valueWords(contact: Contact, field: (typeof FIELDS)[number]): string {
  const value = contact[field];
  if (Array.isArray(value))
    return value
      .map((each) => (typeof each === 'string' ? each : 'number' in each ? phoneWords(each) : each.email))
      .join(', ');
  return String(value ?? '—');
}

export function changedFields(before: Contact, after: Contact): (typeof FIELDS)[number][] {
  return FIELDS.filter((field) => valueWords(before, field) !== valueWords(after, field));
}
