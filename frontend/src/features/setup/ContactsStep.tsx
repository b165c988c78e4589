/** Contacts are brought in by the importer, which has a page of its own; here is what it is for, and the way there. */
import { IconFileImport } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { server } from '../../api/server';
import { useWords } from '../../i18n';
import { Onwards, type StepProps } from './steps';
import styles from './setup.module.css';

export function ContactsStep({ next, skip, moving }: StepProps) {
  const { t } = useWords();
  const some = useQuery({ queryKey: ['setup', 'contacts'], queryFn: () => server.contacts({ limit: 1 }) });
  const has = (some.data?.items.length ?? 0) > 0;
  return (
    <>
      <ul className={styles.points}>
        <li>{t('setup.contacts.files')}</li>
        <li>{t('setup.contacts.numbers')}</li>
        <li>{t('setup.contacts.unknown')}</li>
      </ul>
      {has && <p role="status">{t('setup.contacts.some')}</p>}
      <Link to="/contacts/import" className={styles.link}>
        <IconFileImport size={18} aria-hidden="true" />
        {t('setup.contacts.open')}
      </Link>
      <Onwards
        {...(has ? { words: t('setup.next'), onClick: next } : {})}
        skip={skip}
        moving={moving}
        certain={has}
      />
    </>
  );
}
