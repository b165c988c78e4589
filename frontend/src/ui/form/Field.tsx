/**
 * A setting on a form: what it is called, the control, what it changes in words, and beside it (below on a narrow
 * screen) a live test. The control names itself to readers (`aria-label`, or an input's own `label`): then leave
 * `label` out.
 */
import { IconFileText } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { useWords } from '../../i18n';
import { Pill } from '../Words';
import styles from './form.module.css';

export function Fields({ children }: { children: ReactNode }) {
  return <div className={styles.fields}>{children}</div>;
}

/** Fields that belong together, under a heading of their own. */
export function FieldGroup({
  title,
  about,
  children,
}: {
  title: string;
  about?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={styles.group} aria-label={title}>
      <h2>{title}</h2>
      {about && <p>{about}</p>}
      {children}
    </section>
  );
}

interface Props {
  label?: string;
  /** What it changes, for whom: “12 employees will see this”. */
  effect?: ReactNode;
  /** The configuration key, if the file or the environment has set it: the control should then be disabled. */
  fromFile?: string | null;
  /** A live test, or an example of what comes of it. */
  beside?: ReactNode;
  children: ReactNode;
}

export function Field({ label, effect, fromFile, beside, children }: Props) {
  return (
    <div className={styles.field} data-beside={beside ? true : undefined}>
      <div className={styles.control}>
        {label && (
          <span className={styles.label} aria-hidden="true">
            {label}
          </span>
        )}
        {children}
        {effect && <p className={styles.effect}>{effect}</p>}
        {fromFile && <FromFile of={fromFile} />}
      </div>
      {beside && <div className={styles.beside}>{beside}</div>}
    </div>
  );
}

/** Whoever cannot change it here is told where it can be changed. */
export function FromFile({ of }: { of: string }) {
  const { t } = useWords();
  return (
    <p className={styles.fromFile}>
      <Pill>
        <IconFileText size={12} aria-hidden="true" />
        {t('draft.from_file')}
      </Pill>
      <span>{t('draft.from_file_help', { key: of })}</span>
    </p>
  );
}
