/** A number anywhere: a click calls it. Without a phone to call from it is only read. */
import type { Dialled } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { useCanDial, useDial, usePrefetch } from './dial';
import styles from './dial.module.css';

interface Props {
  number: string;
  by?: Dialled;
  /** As it is written, where that is not the number itself. */
  written?: string;
  missedId?: string;
}

export function DialNumber({ number, by, written = formatPhone(number), missedId }: Props) {
  const { t } = useWords();
  const dial = useDial();
  const prefetch = usePrefetch(number);
  if (!useCanDial()) return <span className="figures">{written}</span>;
  return (
    <button
      type="button"
      className={`${styles.number} figures`}
      title={t('contacts.dial', { number: written })}
      aria-label={t('contacts.dial', { number: written })}
      onPointerEnter={prefetch}
      onFocus={prefetch}
      onClick={(event) => {
        // In a row that opens something itself.
        event.stopPropagation();
        dial(number, by, missedId);
      }}
    >
      {written}
    </button>
  );
}
