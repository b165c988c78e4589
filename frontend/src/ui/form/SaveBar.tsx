/** Under a form: what is not saved yet, saving it, and what to do if somebody else was quicker. */
import { Button } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { useWords } from '../../i18n';
import { toast } from '../toasts';
import { ErrorTrouble, Trouble } from '../Words';
import type { Draft } from './draft';
import styles from './form.module.css';

interface Props<Value extends object> {
  draft: Draft<Value>;
  /** What a field is called, for whoever has to choose between two of its values. */
  nameOf: (field: keyof Value & string) => string;
  /** How a value is shown there; by default as text. */
  wordsOf?: (field: keyof Value & string, value: Value) => ReactNode;
  /** Why it cannot be saved as it is. */
  problem?: string | null;
}

export function SaveBar<Value extends object>({ draft, nameOf, wordsOf, problem }: Props<Value>) {
  const { t } = useWords();
  const { clash } = draft;
  const said = (field: keyof Value & string, value: Value): ReactNode => {
    if (wordsOf) return wordsOf(field, value);
    const each = value[field];
    if (typeof each === 'boolean') return t(each ? 'draft.yes' : 'draft.no');
    const text = Array.isArray(each) ? each.join(', ') : String(each ?? '');
    return text || t('draft.nothing');
  };
  if (!draft.dirty && !draft.done) return null;
  return (
    <div className={styles.saveBar}>
      {draft.error && <ErrorTrouble error={draft.error} />}
      {clash && (
        <Trouble>
          <p>{t('draft.clash', { count: clash.fields.length })}</p>
          <table className={styles.clashes}>
            <thead>
              <tr>
                <td />
                <th scope="col">{t('draft.yours')}</th>
                <th scope="col">{t('draft.theirs')}</th>
              </tr>
            </thead>
            <tbody>
              {clash.fields.map((field) => (
                <tr key={field}>
                  <th scope="row">{nameOf(field)}</th>
                  <td>{said(field, draft.value)}</td>
                  <td>{said(field, clash.theirs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className={styles.buttons}>
            <Button size="compact-sm" variant="default" onClick={draft.takeTheirs}>
              {t('draft.take_theirs')}
            </Button>
            <Button size="compact-sm" variant="default" onClick={draft.keepMine}>
              {t('draft.keep_mine')}
            </Button>
          </div>
        </Trouble>
      )}
      <div className={styles.buttons}>
        {draft.dirty && !clash && (
          <>
            <Button onClick={draft.save} loading={draft.saving} disabled={Boolean(problem)}>
              {t('common.save')}
            </Button>
            <Button
              variant="default"
              disabled={draft.saving}
              onClick={() => toast(t('draft.discarded'), draft.discard())}
            >
              {t('draft.discard')}
            </Button>
          </>
        )}
        <p role="status" className={styles.state}>
          {draft.done ? (
            <>
              <IconCheck size={16} aria-hidden="true" />
              {t('draft.saved')}
            </>
          ) : (
            (problem ?? t(draft.saving ? 'draft.saving' : 'draft.unsaved'))
          )}
        </p>
      </div>
    </div>
  );
}
