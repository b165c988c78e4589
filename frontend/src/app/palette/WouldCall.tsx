/** Under the list: whom the chosen line would call, through which phone, showing which number, and what speaks against it. */
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { isQuestionable, ownDevice, previewOf, useDialling } from '../../features/dial/dial';
import { From, Warnings, whomOf } from '../../features/dial/Preview';
import { useWords } from '../../i18n';
import { useSession } from '../session';
import styles from './palette.module.css';

const DEBOUNCE_MS = 120;

export function WouldCall({ number }: { number: string | undefined }) {
  const { t } = useWords();
  const { me } = useSession();
  const { device } = useDialling();
  const [asked] = useDebouncedValue(number, DEBOUNCE_MS);
  const { data: preview } = useQuery({
    ...previewOf(asked ?? '', ownDevice(me, device)),
    enabled: asked !== undefined && !me.numbers_masked,
    placeholderData: keepPreviousData,
  });
  // What was asked for fewer digits is no answer to these: its place is kept, its words are not shown.
  const late = preview !== undefined && preview.query !== number;
  return (
    <div
      className={styles.wouldCall}
      data-empty={!number || !preview || undefined}
      data-late={late || undefined}
    >
      {number && preview && (
        <>
          <div>
            <p className={styles.wouldWhom}>
              <small>{t(isQuestionable(preview) ? 'handling.would_ask' : 'handling.would_call')}</small>
              <span>{whomOf(t, preview)}</span>
            </p>
            <Warnings preview={preview} />
          </div>
          <From preview={preview} />
        </>
      )}
    </div>
  );
}
