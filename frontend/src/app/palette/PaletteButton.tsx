/** In the top bar: looks like the field that it opens. The palette itself is loaded once the page has come to rest. */
import { IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';

import { useWords, withWords } from '../../i18n';
import { Key } from '../../ui/Words';
import { whenIdle } from '../idle';
import { isKey, keyShortcuts, keyWords, useKeys } from '../keys';
import styles from '../Shell.module.css';

const load = () =>
  withWords(
    'palette',
    withWords(
      'handling',
      Promise.all([import('./Palette'), import('./entries').then(({ prepare }) => prepare())]),
    ),
  );
const Palette = lazy(() => load().then(([module]) => ({ default: module.Palette })));

export function PaletteButton({ showKeys }: { showKeys: () => void }) {
  const { t } = useWords();
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState('');
  /** Enter was pressed before the palette was loaded. */
  const [entered, setEntered] = useState(false);
  const before = useRef<Element | null>(null);
  const open = (): void => {
    before.current = document.activeElement;
    setText('');
    setEntered(false);
    setOpened(true);
  };
  const close = useCallback(() => setOpened(false), []);
  // While it is open, the same key is its own, and closes it.
  useKeys(opened ? {} : { palette: open });
  useEffect(() => {
    if (!opened) return;
    return () => {
      // Only if nobody has taken the focus since: what was chosen may have put it where it belongs.
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (lost && before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
    };
  }, [opened]);
  useEffect(() => whenIdle(() => void load().catch(() => undefined)), []);
  return (
    <>
      <button
        type="button"
        className={styles.search}
        aria-haspopup="dialog"
        aria-expanded={opened}
        aria-keyshortcuts={keyShortcuts('palette')}
        onClick={open}
      >
        <IconSearch size={16} aria-hidden="true" />
        <span aria-hidden="true">{t('dial.placeholder')}</span>
        <span className="for-readers">{t('dial.label')}</span>
        <Key>{keyWords('palette')}</Key>
      </button>
      {opened && (
        <Suspense
          fallback={<Waiting text={text} setText={setText} enter={() => setEntered(true)} close={close} />}
        >
          <Palette text={text} setText={setText} entered={entered} close={close} showKeys={showKeys} />
        </Suspense>
      )}
    </>
  );
}

/** Until the palette is there: takes what is typed, and that it was meant. */
function Waiting({
  text,
  setText,
  enter,
  close,
}: {
  text: string;
  setText: (text: string) => void;
  enter: () => void;
  close: () => void;
}) {
  const { t } = useWords();
  useKeys({ close, palette: close });
  return (
    <div role="dialog" aria-label={t('dial.label')} className={styles.searchWaiting}>
      <IconSearch size={18} aria-hidden="true" />
      <input
        autoFocus
        type="text"
        aria-label={t('dial.label')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!event.nativeEvent.isComposing && isKey(event, 'choose')) enter();
        }}
      />
    </div>
  );
}
