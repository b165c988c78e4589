/** The settings: a list of pages by what they are for; beside an open page the list stays, on a narrow screen it is a page before. */
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { Suspense } from 'react';

import { useWords } from '../../i18n';
import { Waiting } from '../../ui/Waiting';
import { SECTIONS } from './sections';
import styles from './settings.module.css';
import { useSections } from './useSections';

export function SettingsIndex() {
  const { t } = useWords();
  const groups = useSections();
  return (
    <div className={styles.index}>
      <h1>{t('settings.label')}</h1>
      {groups.map(({ group, sections }) => (
        <section key={group} aria-labelledby={`group-${group}`}>
          <h2 id={`group-${group}`}>{t(`settings.groups.${group}`)}</h2>
          <ul>
            {sections.map(({ path }) => (
              <li key={path}>
                <Link to="/settings/$section/{-$item}" params={{ section: path }} className={styles.entry}>
                  <span>
                    <strong>{t(`settings.sections.${path}.title`)}</strong>
                    <small>{t(`settings.sections.${path}.about`)}</small>
                  </span>
                  <IconChevronRight size={16} aria-hidden="true" />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

export function SettingsPage() {
  const { t } = useWords();
  const { section: path, item } = useParams({ from: '/settings/$section/{-$item}' });
  const groups = useSections();
  const section = groups.flatMap((each) => each.sections).find((each) => each.path === path);
  const known = SECTIONS.some((each) => each.path === path);
  return (
    <div className={styles.frame}>
      <nav className={styles.list} aria-label={t('settings.label')}>
        {groups.map(({ group, sections }) => (
          <div key={group} role="group" aria-labelledby={`list-${group}`}>
            <h2 id={`list-${group}`}>{t(`settings.groups.${group}`)}</h2>
            <ul>
              {sections.map((each) => (
                <li key={each.path}>
                  <Link
                    to="/settings/$section/{-$item}"
                    params={{ section: each.path }}
                    activeOptions={{ exact: false }}
                  >
                    {t(`settings.sections.${each.path}.title`)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className={styles.page}>
        <Link to="/settings" className={styles.back}>
          <IconChevronLeft size={16} aria-hidden="true" />
          {t('settings.to_all')}
        </Link>
        {section ? (
          <>
            <header className={styles.head}>
              <h1>{t(`settings.sections.${section.path}.title`)}</h1>
              <p>{t(`settings.sections.${section.path}.about`)}</p>
            </header>
            <Suspense fallback={<Waiting rows={4} />}>
              <section.Page key={section.path} item={item} />
            </Suspense>
          </>
        ) : (
          <header className={styles.head}>
            <h1>{t(known ? 'errors.not_allowed' : 'app.no_such_page')}</h1>
            <p>
              <Link to="/settings">{t('settings.to_all')}</Link>
            </p>
          </header>
        )}
      </div>
    </div>
  );
}
