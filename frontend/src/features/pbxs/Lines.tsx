/** Lines for a file on the phone system: to be copied whole, and each with what it is for. */
import type { ConfigurationLine } from '../../api/types';
import { useWords } from '../../i18n';
import { CopyText } from '../../ui/CopyText';
import styles from './pbxs.module.css';

const WHY = [
  'account',
  'secret',
  'deny',
  'permit',
  'read',
  'write',
  'writetimeout',
  'general',
  'enabled',
  'port',
  'bindaddr',
  'reload',
  'swap',
  'threeway',
  'dropcall',
  'atxfer',
  'options',
  'options_queue',
  'parkext',
  'parkpos',
  'parkcontext',
  'comeback',
  'sign_in',
  'sign_in_code',
  'sign_out',
  'ways_ring',
  'ways_rang',
  'ways_forward',
  'ways_before',
  'ways_after',
  'reload_features',
  'reload_parking',
  'reload_dialplan',
] as const;
type Why = (typeof WHY)[number];

export function Lines({ title, lines }: { title: string; lines: ConfigurationLine[] }) {
  const { t } = useWords();
  const text = lines.map((line) => line.text).join('\n') + '\n';
  return (
    <figure className={styles.lines}>
      <figcaption>
        <span>{title}</span>
        <CopyText
          text={text}
          words={{ copy: t('lines.copy'), copied: t('lines.copied'), notCopied: t('lines.not_copied') }}
        />
      </figcaption>
      <dl>
        {lines.map(({ text: line, why }, place) => (
          <div key={place}>
            <dt>
              <code>{line}</code>
            </dt>
            <dd>{WHY.includes(why as Why) ? t(`lines.why.${why as Why}`) : null}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}
