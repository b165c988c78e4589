/** What the keys do, made of the table that they work by; opened by `?`. */
import { Kbd } from '@mantine/core';

import { useWords } from '../i18n';
import { SidePanel } from '../ui/SidePanel';
import { chordWords, KEYS, type KeyName, type KeyPlace } from './keys';
import styles from './Shell.module.css';

const PLACES: readonly KeyPlace[] = ['anywhere', 'call', 'field', 'list', 'panel'];
const NAMES = Object.keys(KEYS) as KeyName[];

export function KeyMap({ close }: { close: () => void }) {
  const { t } = useWords();
  return (
    <SidePanel title={t('keys.title')} close={close}>
      {PLACES.map((place) => (
        <section key={place} aria-labelledby={`keys-${place}`}>
          <h3 id={`keys-${place}`} className={styles.keysPlace}>
            {t(`keys.places.${place}`)}
          </h3>
          <dl className={styles.keys}>
            {NAMES.filter((name) => KEYS[name].place === place).map((name) => (
              <div key={name}>
                <dt>
                  {KEYS[name].chords.map((chord) => (
                    <Kbd key={chord}>{chordWords(chord)}</Kbd>
                  ))}
                </dt>
                <dd>{t(`keys.does.${name}`)}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p className={styles.keysNote}>{t('keys.typing')}</p>
    </SidePanel>
  );
}
