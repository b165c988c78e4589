/**
 * The command palette: one field to find a person, a card or a call, to dial, to go anywhere and to do anything.
 *
 * A combobox with a list that is always open (WAI-ARIA Authoring Practices, “Combobox”); the focus stays in the field.
 * It is no modal dialog and dims nothing: the phone may ring meanwhile, and who calls must be seen and announced.
 */
import {
  IconPhonePlus,
  IconPhoneOutgoing,
  IconSearch,
  IconSettings,
  IconUserPlus,
} from '@tabler/icons-react';
import { useEffect, useEffectEvent, useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';

import { OutcomeMark } from '../../features/calls/OutcomeMark';
import { useCanDial } from '../../features/dial/dial';
import { DeviceMark } from '../../features/people/DeviceMark';
import { phoneWords } from '../../format/phone';
import { useWords, type Words } from '../../i18n';
import { Avatar } from '../../ui/Avatar';
import { Moment } from '../../ui/Moment';
import { Key } from '../../ui/Words';
import { errorWords } from '../errors';
import { isKey, keyWords, useKeys } from '../keys';
import { useEntries, type Entry } from './entries';
import styles from './palette.module.css';
import { WouldCall } from './WouldCall';

function Mark({ entry }: { entry: Entry }) {
  switch (entry.kind) {
    case 'dial':
      return <IconPhoneOutgoing size={18} aria-hidden="true" />;
    case 'new_card':
      return <IconUserPlus size={18} aria-hidden="true" />;
    case 'pop':
      return <IconPhonePlus size={18} aria-hidden="true" />;
    case 'person':
      return <DeviceMark state={entry.device.state} size={18} />;
    case 'action':
      return <entry.action.Icon size={18} stroke={1.75} aria-hidden="true" />;
    case 'section':
      return <IconSettings size={18} stroke={1.75} aria-hidden="true" />;
    case 'call':
      return <OutcomeMark call={entry.call} />;
    case 'card':
      return <Avatar name={entry.contact.name} square={entry.contact.kind === 'organisation'} size={24} />;
  }
}

/** At the right: what tells this one from its like. */
function aside(t: Words, entry: Entry): ReactNode {
  switch (entry.kind) {
    case 'pop':
      return t(`desk.state.${entry.pop.state}`);
    case 'person':
      return t(`people.state.${entry.device.state}`);
    case 'call':
      return <Moment at={entry.call.started_at} />;
    case 'card': {
      const phone = entry.contact.phones[0];
      return phone && <span className="figures">{phoneWords(phone)}</span>;
    }
    case 'action':
      return entry.action.sameAs && <Key>{keyWords(entry.action.sameAs)}</Key>;
    default:
      return null;
  }
}

function verb(t: Words, entry: Entry): string {
  switch (entry.kind) {
    case 'dial':
    case 'person':
      return t('palette.dials');
    case 'action':
      return t('palette.does_it');
    case 'section':
      return t('palette.goes');
    default:
      return t('palette.opens');
  }
}

interface Props {
  /** What was typed, held outside: whoever types before the palette is loaded loses no letter. */
  text: string;
  setText: (text: string) => void;
  /** Enter was pressed before it was loaded: what is found first is done at once. */
  entered: boolean;
  close: () => void;
  showKeys: () => void;
}

export function Palette({ text, setText, entered, close, showKeys }: Props) {
  const { t } = useWords();
  const id = useId();
  /** What was chosen by the arrows; without that, the first. */
  const [chosen, setChosen] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const { groups, searching, error, dial } = useEntries(text, showKeys);
  const canDial = useCanDial();
  const all = groups.flatMap((each) => each.entries);
  const active = all.find((each) => each.id === chosen) ?? all[0];
  useKeys({ close, palette: close });

  useLayoutEffect(() => {
    const input = field.current;
    input?.focus();
    input?.setSelectionRange(input.value.length, input.value.length);
  }, []);

  useEffect(() => {
    const pressed = (event: PointerEvent): void => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) close();
    };
    window.addEventListener('pointerdown', pressed);
    return () => window.removeEventListener('pointerdown', pressed);
  }, [close]);

  useEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active?.id]);

  const step = (by: number): void => {
    const at = all.findIndex((each) => each.id === active?.id);
    setChosen(all[(at + by + all.length) % all.length]?.id ?? null);
  };
  const take = (entry: Entry | undefined): void => {
    if (!entry) return;
    close();
    entry.act();
  };
  const first = useEffectEvent(() => take(all[0]));
  useEffect(() => {
    if (entered) first();
  }, [entered]);
  const call = (entry: Entry | undefined): void => {
    if (!entry?.number) return;
    close();
    dial(entry.number);
  };
  const optionId = (entry: Entry): string => `${id}-${entry.id}`;

  return (
    <div ref={box} className={styles.palette} role="dialog" aria-label={t('dial.label')} data-palette>
      <div className={styles.field}>
        <IconSearch size={18} aria-hidden="true" />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label={t('dial.label')}
          aria-expanded={all.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={active ? optionId(active) : undefined}
          placeholder={t('palette.typing_hint')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setChosen(null);
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (isKey(event, 'next')) step(1);
            else if (isKey(event, 'previous')) step(-1);
            else if (isKey(event, 'choose')) take(active);
            else if (isKey(event, 'dial')) call(active);
            else return;
            event.preventDefault();
          }}
          onBlur={(event) => {
            // By Tab; a click is seen above, and another window's focus is no reason to close.
            if (event.relatedTarget && !box.current?.contains(event.relatedTarget)) close();
          }}
        />
        <Key>{keyWords('close')}</Key>
      </div>
      <div className={styles.list} id={`${id}-list`} role="listbox" aria-label={t('dial.label')}>
        {groups.map(({ group, entries }) => (
          <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
            <div id={`${id}-${group}`} className={styles.group} role="presentation">
              {t(`palette.groups.${group}`)}
            </div>
            {entries.map((entry) => (
              <div
                key={entry.id}
                id={optionId(entry)}
                role="option"
                aria-selected={entry.id === active?.id}
                className={styles.entry}
                onPointerMove={() => setChosen(entry.id)}
                // The focus stays in the field.
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => take(entry)}
              >
                <Mark entry={entry} />
                <span className={styles.title}>
                  {entry.title}
                  {entry.under && <small>{entry.under}</small>}
                </span>
                <span className={styles.aside}>{aside(t, entry)}</span>
              </div>
            ))}
          </div>
        ))}
      </div>
      {canDial && <WouldCall number={active?.number} />}
      <div className={styles.foot}>
        <span role="status">
          {error
            ? t('palette.slow', { why: errorWords(t, error) })
            : searching
              ? t('palette.searching')
              : text && t('palette.found', { count: all.length })}
        </span>
        {active && (
          <span className={styles.hints} aria-hidden="true">
            <Key>{keyWords('choose')}</Key> {verb(t, active)}
            {active.number && active.kind !== 'person' && active.kind !== 'dial' && (
              <>
                <Key>{keyWords('dial')}</Key> {t('palette.dials')}
              </>
            )}
          </span>
        )}
      </div>
    </div>
  );
}
