/**
 * Finds phone numbers in the text of a page without touching it: no element is added or wrapped, so nothing moves and no
 * script of the page's is disturbed. What is found are ranges, painted by CSS highlights, hit by the place of a click.
 */
import { findPhoneNumbersInText, type CountryCode } from 'libphonenumber-js/max';

export interface Found {
  number: string;
  range: Range;
}

const SKIPPED = new Set(
  'SCRIPT STYLE NOSCRIPT TEMPLATE TEXTAREA INPUT SELECT OPTION BUTTON A IFRAME OBJECT SVG CANVAS VIDEO AUDIO MATH TITLE HEAD'.split(
    ' ',
  ),
);
/** Parts of one line of text; anything else begins a new one. */
export const INLINE = new Set(
  'ABBR B BDI BDO CITE CODE DATA EM FONT I INS KBD MARK NOBR Q S SAMP SMALL SPAN STRONG SUB SUP TIME TT U VAR WBR'.split(
    ' ',
  ),
);
const DIGITS = /\d(?:[\s().\-/\u00a0\u2010-\u2015\u202f]*\d){5,}/;
const LONGEST_RUN = 200;

function isSkipped(element: Element): boolean {
  return (
    SKIPPED.has(element.tagName.toUpperCase()) ||
    (element as HTMLElement).isContentEditable ||
    element.getAttribute('role') === 'textbox'
  );
}

/** Whether what is in here is looked at: not in a field, not in a link, not in what may be edited. */
export function isRead(node: Node): boolean {
  for (let at: Node | null = node; at; at = at.parentNode)
    if (at instanceof Element && isSkipped(at)) return false;
  return true;
}

/** Numbers in a text with their places; dates, prices, card and tax numbers are none. */
export function numbersIn(text: string, country: string): { number: string; from: number; to: number }[] {
  if (!DIGITS.test(text)) return [];
  return findPhoneNumbersInText(text, country as CountryCode)
    .filter(({ number }) => number.isValid())
    .map(({ number, startsAt, endsAt }) => ({ number: number.number, from: startsAt, to: endsAt }));
}

function rangeOver(run: Text[], from: number, to: number): Range | null {
  const range = document.createRange();
  let begun = false;
  let passed = 0;
  for (const node of run) {
    const end = passed + node.data.length;
    if (!begun && from < end) {
      range.setStart(node, from - passed);
      begun = true;
    }
    if (begun && to <= end) {
      range.setEnd(node, to - passed);
      return range;
    }
    passed = end;
  }
  return null;
}

/** A number that stands in one piece of text is found there; one that is cut by tags, in the line they make together. */
function* inRun(run: Text[], country: string): Generator<Found> {
  let any = false;
  for (const node of run) {
    for (const { number, from, to } of numbersIn(node.data, country)) {
      const range = rangeOver([node], from, to);
      if (range) yield { number, range };
      any = true;
    }
  }
  if (any || run.length < 2) return;
  const text = run.map((node) => node.data).join('');
  if (text.length > LONGEST_RUN) return;
  for (const { number, from, to } of numbersIn(text, country)) {
    const range = rangeOver(run, from, to);
    if (range) yield { number, range };
  }
}

/** Walks a part of a page. Yields null between steps, so that whoever runs it may pause. */
export function* find(root: Node, country: string): Generator<Found | null> {
  let run: Text[] = [];
  function* flush(): Generator<Found> {
    const full = run;
    run = [];
    if (full.length > 0) yield* inRun(full, country);
  }
  function* walk(node: Node): Generator<Found | null> {
    if (node instanceof Text) {
      if (node.data.trim() !== '') run.push(node);
      else if (run.length > 0) run.push(node);
      return;
    }
    if (!(node instanceof Element) || isSkipped(node)) {
      if (node instanceof Element) yield* flush();
      return;
    }
    const inline = INLINE.has(node.tagName.toUpperCase());
    if (!inline) yield* flush();
    for (const child of node.childNodes) yield* walk(child);
    if (!inline) {
      yield* flush();
      yield null;
    }
  }
  yield* walk(root);
  yield* flush();
}
