/** Digits for the other side's machine: “press 2 for the warehouse”. By mouse, thumb, or just typed. */
import { useEffect, useRef, useState } from 'react';

import { server } from '../../api/server';
import type { Pop } from '../../api/types';
import { errorWords } from '../../app/errors';
import { isKey } from '../../app/keys';
import { useWords } from '../../i18n';
import { SidePanel } from '../../ui/SidePanel';
import { Trouble } from '../../ui/Words';
import { whoOf } from '../calls/words';
import { newKey } from './asking';
import styles from './handling.module.css';

const KEYPAD = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

export function Keypad({ pop, close }: { pop: Pop; close: () => void }) {
  const { t } = useWords();
  const [sent, setSent] = useState('');
  const [error, setError] = useState<unknown>(null);
  const field = useRef<HTMLInputElement>(null);
  /** Each digit after the one before: a bank's menu must hear them in order. */
  const last = useRef(Promise.resolve());
  useEffect(() => field.current?.focus(), []);
  const press = (digits: string): void => {
    const fit = digits.replace(/[^0-9*#]/g, '');
    if (!fit) return;
    setSent((before) => before + fit);
    setError(null);
    last.current = last.current
      .then(() =>
        server.askService(
          pop.call_id,
          { service: 'GenerateDigits', device: pop.device, digits: fit },
          newKey(),
        ),
      )
      .then(
        () => undefined,
        (refused: unknown) => setError(refused),
      );
  };
  return (
    <SidePanel title={t('handling.keypad', { name: whoOf(t, pop).title })} close={close}>
      <input
        ref={field}
        className={styles.sent}
        inputMode="numeric"
        aria-label={t('handling.digits')}
        placeholder={t('handling.digits_help')}
        value={sent}
        onChange={(event) => {
          const next = event.currentTarget.value;
          if (next.startsWith(sent)) press(next.slice(sent.length));
        }}
        onKeyDown={(event) => {
          if (isKey(event, 'close')) close();
        }}
      />
      <div className={styles.keypad} role="group" aria-label={t('handling.digits')}>
        {KEYPAD.map((digit) => (
          <button key={digit} type="button" onClick={() => press(digit)}>
            {digit}
          </button>
        ))}
      </div>
      {error !== null && <Trouble>{errorWords(t, error)}</Trouble>}
      <p className={styles.hint}>{t('handling.keypad_note')}</p>
    </SidePanel>
  );
}
