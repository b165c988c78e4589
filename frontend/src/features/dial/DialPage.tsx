/**
 * Where links to numbers lead that the system hands us (`tel:`, `web+callto:`): it says whom it would call and waits for
 * a person. Any page can open this address, so nothing here dials by itself, and the button takes nothing in its first
 * moments: a click or an Enter that was meant for the page before must not land on it.
 */
import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { useKeys } from '../../app/keys';
import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble, Notice, Trouble } from '../../ui/Words';
import { ownDevice, place, previewOf, useCanDial, useDialling } from './dial';
import { numberOfLink } from './link';
import { From, Warnings, whomOf } from './Preview';
import styles from './page.module.css';

const NOT_BEFORE_MS = 700;

export function DialPage() {
  const { t } = useWords();
  const { number: link } = useSearch({ from: '/dial' });
  const number = numberOfLink(link ?? '');
  return (
    <div className={styles.page}>
      {number ? <Asked key={number} number={number} /> : <Which />}
      <p className={styles.help}>{t('handling.link.why')}</p>
    </div>
  );
}

function Which() {
  const { t } = useWords();
  const go = useNavigate();
  const [typed, setTyped] = useState('');
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void go({ to: '/dial', search: { number: typed } });
      }}
    >
      <h1>{t('handling.link.which')}</h1>
      <TextInput
        type="tel"
        label={t('handling.link.number')}
        value={typed}
        maxLength={60}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <div className={styles.buttons}>
        <Button type="submit" disabled={numberOfLink(typed) === ''}>
          {t('handling.link.look')}
        </Button>
      </div>
    </form>
  );
}

function Asked({ number }: { number: string }) {
  const { t } = useWords();
  const { me } = useSession();
  const canDial = useCanDial();
  const go = useNavigate();
  const { device, runs } = useDialling();
  const call = useRef<HTMLButtonElement>(null);
  const [ready, setReady] = useState(false);
  const preview = useQuery({ ...previewOf(number, ownDevice(me, device)), enabled: canDial });
  const isAsked = Object.values(runs).some((run) => run.number === number);
  useEffect(() => {
    const waited = setTimeout(() => setReady(true), NOT_BEFORE_MS);
    return () => clearTimeout(waited);
  }, []);
  const allowed = preview.data?.allowed === true;
  useEffect(() => {
    if (ready && allowed) call.current?.focus();
  }, [ready, allowed]);
  useKeys({ close: () => void go({ to: '/' }) });
  return (
    <section className={styles.form} aria-labelledby="dial-title">
      <h1 id="dial-title">
        {preview.data && !allowed
          ? t('handling.not_called')
          : t('handling.link.title', { number: formatPhone(number) })}
      </h1>
      {!canDial && <Trouble>{t('errors.no_device')}</Trouble>}
      {canDial && preview.isPending && <Waiting rows={2} />}
      {preview.isError && <ErrorTrouble error={preview.error} again={() => void preview.refetch()} />}
      {preview.data && (
        <>
          <p className={styles.whom}>{whomOf(t, preview.data)}</p>
          <Warnings preview={preview.data} />
          {allowed && <From preview={preview.data} />}
        </>
      )}
      {isAsked && <Notice>{t('handling.link.asked')}</Notice>}
      <div className={styles.buttons}>
        <Button component={Link} to="/" variant="default">
          {t(isAsked ? 'handling.link.to_desk' : 'handling.dont_call')}
        </Button>
        {preview.data && allowed && !isAsked && (
          <Button
            ref={call}
            disabled={!ready}
            onKeyDown={(event) => {
              // A key that is held down was pressed before this page was there.
              if (event.repeat) event.preventDefault();
            }}
            onClick={(event) => {
              if (event.isTrusted) place({ number }, me, preview.data);
            }}
          >
            {t('handling.link.call')}
          </Button>
        )}
      </div>
    </section>
  );
}
