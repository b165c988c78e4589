/** What handling calls from the screen and signing in by dialling need there, and why; as docs/howto/call-control.md. */
import type { ConfigurationLine } from '../../api/types';
import { useWords } from '../../i18n';
import { phoneLines, signInLines, waysLines } from '../phones/lines';
import { Lines } from './Lines';
import styles from './pbxs.module.css';

const FEATURES: ConfigurationLine[] = [
  { text: '[general]', why: '' },
  { text: 'atxferswap = *4', why: 'swap' },
  { text: 'atxferthreeway = *3', why: 'threeway' },
  { text: 'atxferdropcall = no', why: 'dropcall' },
  { text: '[featuremap]', why: '' },
  { text: 'atxfer => *2', why: 'atxfer' },
];
const OPTIONS: ConfigurationLine[] = [
  { text: 'Dial(PJSIP/${EXTEN},30,tT)', why: 'options' },
  { text: 'Queue(sales,tT)', why: 'options_queue' },
];
const PARKING: ConfigurationLine[] = [
  { text: '[default]', why: '' },
  { text: 'parkext => 700', why: 'parkext' },
  { text: 'parkpos => 701-720', why: 'parkpos' },
  { text: 'context => parkedcalls', why: 'parkcontext' },
  { text: 'comebacktoorigin = yes', why: 'comeback' },
];
const RELOAD: ConfigurationLine[] = [
  { text: "asterisk -rx 'module reload features'", why: 'reload_features' },
  { text: "asterisk -rx 'module reload res_parking'", why: 'reload_parking' },
  { text: "asterisk -rx 'dialplan reload'", why: 'reload_dialplan' },
];
const AGI_PORT = 4573;

/** The first line of each code says what it is for. */
function signIn(): ConfigurationLine[] {
  const why = (text: string): string =>
    text.startsWith('exten => *22')
      ? 'sign_in'
      : text.startsWith('exten => _*22')
        ? 'sign_in_code'
        : text.startsWith('exten => *23')
          ? 'sign_out'
          : '';
  return linesOf(signInLines({ host: window.location.hostname, port: AGI_PORT })).map((text) => ({
    text,
    why: why(text),
  }));
}

/** What a phone is set to, obeyed: the lines to write down once, and how each extension of phones begins. */
const WAYS_WHY: Record<string, string> = {
  'exten => ring': 'ways_ring',
  'exten => rang': 'ways_rang',
  'exten => forward': 'ways_forward',
};
const whyOf = (text: string): string =>
  Object.entries(WAYS_WHY).find(([begins]) => text.startsWith(begins))?.[1] ?? '';
const WAYS: ConfigurationLine[] = linesOf(waysLines).map((text) => ({ text, why: whyOf(text) }));
const PHONE: ConfigurationLine[] = linesOf(phoneLines).map((text) => ({
  text,
  why: text.includes(',ring,') ? 'ways_before' : text.includes(',rang,') ? 'ways_after' : '',
}));

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}

export function HandlingLines() {
  const { t } = useWords();
  return (
    <details className={styles.more}>
      <summary>{t('lines.handling_title')}</summary>
      <p>{t('lines.handling_about')}</p>
      <Lines title={t('lines.features_file')} lines={FEATURES} />
      <Lines title={t('lines.options_file')} lines={OPTIONS} />
      <Lines title={t('lines.parking_file')} lines={PARKING} />
      <Lines title={t('lines.sign_in_file')} lines={signIn()} />
      <p>{t('lines.sign_in_about')}</p>
      <Lines title={t('lines.ways_file')} lines={WAYS} />
      <Lines title={t('lines.ways_phones')} lines={PHONE} />
      <p>{t('lines.ways_about')}</p>
      <Lines title={t('lines.reload_title')} lines={RELOAD} />
    </details>
  );
}
