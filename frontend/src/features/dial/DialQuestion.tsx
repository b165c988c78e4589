/** Something speaks against the call: it is said before anybody is rung. What is blocked cannot be called from here. */
import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';

import type { DialPreview } from '../../api/types';
import { useKeys } from '../../app/keys';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { forgetQuestion, place, type Wish } from './dial';
import { From, Warnings, whomOf } from './Preview';
import styles from './question.module.css';

export function DialQuestion({ wish, preview }: { wish: Wish; preview: DialPreview }) {
  const { t } = useWords();
  const { me } = useSession();
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    cancel.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useKeys({ close: forgetQuestion });
  return (
    <div className={styles.question} role="dialog" aria-labelledby="dial-question">
      <h2 id="dial-question">{t(preview.allowed ? 'handling.call_anyway_title' : 'handling.not_called')}</h2>
      <p className={styles.whom}>{whomOf(t, preview)}</p>
      <Warnings preview={preview} />
      {preview.allowed && <From preview={preview} />}
      <div className={styles.buttons}>
        <Button ref={cancel} variant="default" onClick={forgetQuestion}>
          {t(preview.allowed ? 'handling.dont_call' : 'common.close')}
        </Button>
        {preview.allowed && (
          <Button onClick={() => place(wish, me, preview)}>{t('handling.call_anyway')}</Button>
        )}
      </div>
    </div>
  );
}
