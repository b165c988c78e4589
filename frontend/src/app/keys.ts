/**
 * Every key that does something, in one table: what listens goes by it, and the keyboard map (`?`) is made of it, so
 * nothing works that is not told and nothing is told that does not work. ESLint forbids to listen for keys elsewhere.
 *
 * A letter is the one that is typed if it is Latin, else the one that the key has on a Latin keyboard: N works in the
 * Russian layout, and on a French keyboard it is where the N is.
 */
import { useEffect, useRef, type KeyboardEvent as ReactKeyboardEvent } from 'react';

/** Where a key works. `field`, `list` and `panel` belong to what has the focus or lies on top. */
export type KeyPlace = 'anywhere' | 'call' | 'field' | 'list' | 'panel';

interface KeyEntry {
  chords: readonly string[];
  place: KeyPlace;
  /** Works while somebody types. */
  typing?: true;
  /** Only where nothing has the focus that the key presses itself: a button, a link. */
  unpressed?: true;
  /** Works while a dialog is on top. */
  overDialogs?: true;
}

export const KEYS = {
  palette: { chords: ['Ctrl+K', '/'], place: 'anywhere', overDialogs: true },
  undo: { chords: ['Ctrl+Z'], place: 'anywhere', overDialogs: true },
  presence: { chords: ['P'], place: 'anywhere' },
  help: { chords: ['?'], place: 'anywhere' },
  answer: { chords: ['Enter'], place: 'call', unpressed: true },
  hand_over: { chords: ['T'], place: 'call' },
  deflect: { chords: ['D'], place: 'call' },
  hold: { chords: ['H'], place: 'call' },
  keypad: { chords: ['K'], place: 'call' },
  alternate: { chords: ['A'], place: 'call' },
  join: { chords: ['J'], place: 'call' },
  complete: { chords: ['C'], place: 'call' },
  take_back: { chords: ['B'], place: 'call' },
  note: { chords: ['N'], place: 'call' },
  open: { chords: ['O'], place: 'call' },
  why: { chords: ['W'], place: 'call' },
  mute: { chords: ['M'], place: 'call' },
  hide: { chords: ['Escape'], place: 'call' },
  add_note: { chords: ['Ctrl+Enter'], place: 'field', typing: true },
  leave_field: { chords: ['Escape'], place: 'field', typing: true },
  next: { chords: ['ArrowDown'], place: 'list', typing: true },
  previous: { chords: ['ArrowUp'], place: 'list', typing: true },
  choose: { chords: ['Enter'], place: 'list', typing: true },
  dial: { chords: ['Ctrl+Enter'], place: 'list', typing: true },
  send: { chords: ['Ctrl+Enter'], place: 'panel', typing: true, overDialogs: true },
  close: { chords: ['Escape'], place: 'panel', typing: true, overDialogs: true },
} as const satisfies Record<string, KeyEntry>;

export type KeyName = keyof typeof KEYS;

type Pressed = Pick<KeyboardEvent, 'code' | 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Inputs that are pressed, not typed into. */
const PRESSED = /^(radio|checkbox|button|submit|reset|file|range|color)$/;

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !PRESSED.test(target.type);
  return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
}

function letterOf(event: Pressed): string | null {
  if (/^[a-z]$/i.test(event.key)) return event.key.toUpperCase();
  return event.code.startsWith('Key') ? event.code.slice(3) : null;
}

/** Whether the event is this chord: `Ctrl+K` (on a Mac also Command), `N`, `Escape`, `?`. */
export function isChord(event: Pressed, chord: string): boolean {
  const [key = '', modifier] = chord.split('+').reverse();
  if (event.altKey || (event.ctrlKey || event.metaKey) !== (modifier === 'Ctrl')) return false;
  // Both stand elsewhere on a Russian keyboard: there the key where they are on a Latin one does as well.
  if (key === '?') return event.key === '?' || (event.code === 'Slash' && event.shiftKey);
  if (key === '/') return event.key === '/' || (event.code === 'Slash' && !event.shiftKey);
  if (key.length > 1) return event.key === key;
  return !event.shiftKey && letterOf(event) === key;
}

export function isKey(event: Pressed | ReactKeyboardEvent, name: KeyName): boolean {
  return KEYS[name].chords.some((chord) => isChord(event, chord));
}

/** While somebody types, only chords with Ctrl work, and not those that a field has itself. */
function worksInField(chord: string, entry: KeyEntry): boolean {
  return entry.typing === true || (chord.startsWith('Ctrl+') && chord !== 'Ctrl+Z');
}

function chordOf(event: KeyboardEvent, entry: KeyEntry): string | undefined {
  return entry.chords.find(
    (chord) => isChord(event, chord) && (!isTyping(event.target) || worksInField(chord, entry)),
  );
}

const PRESSABLE =
  'a, button, summary, select, [role="button"], [role="option"], [role="menuitem"], [role="tab"]';

/** A dialog on top has its own keys. */
function isBlocked(event: KeyboardEvent, entry: KeyEntry): boolean {
  if (entry.unpressed && event.target instanceof Element && event.target.closest(PRESSABLE)) return true;
  return event.defaultPrevented || (!entry.overDialogs && document.querySelector('[role="dialog"]') !== null);
}

/** Listens for these keys as long as the component is there. */
export function useKeys(handlers: Partial<Record<KeyName, () => void>>): void {
  const current = useRef(handlers);
  useEffect(() => {
    current.current = handlers;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      for (const [name, handler] of Object.entries(current.current) as [KeyName, () => void][]) {
        const entry: KeyEntry = KEYS[name];
        if (isBlocked(event, entry) || !chordOf(event, entry)) continue;
        event.preventDefault();
        handler();
        return;
      }
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}

const MAC = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.userAgent);
const PRINTED: Record<string, string> = {
  Escape: 'Esc',
  Enter: '⏎',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Ctrl: MAC ? '⌘' : 'Ctrl',
};

/** As it is printed on the keys: `Ctrl K`. */
export function chordWords(chord: string): string {
  return chord
    .split('+')
    .map((key) => PRINTED[key] ?? key)
    .join(' ');
}

/** The first chord of a key as printed, for a button. */
export function keyWords(name: KeyName): string {
  return chordWords(KEYS[name].chords[0]);
}

/** For `aria-keyshortcuts`. Source: WAI-ARIA 1.2, aria-keyshortcuts. */
export function keyShortcuts(name: KeyName): string {
  return KEYS[name].chords.map((chord) => chord.replace('Ctrl', MAC ? 'Meta' : 'Control')).join(' ');
}
