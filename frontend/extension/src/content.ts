/**
 * In every page that the user granted: makes its numbers clickable and shows the card. It runs in a world of its own; a page
 * cannot call it. It acts on clicks of the user's only (`isTrusted`), says nothing but numbers to the background, and listens
 * to nobody else. That a click is meant is asked in a window of our own, unless the user trusts the site: a page could lure
 * a click onto a number.
 */
import { numberOfLink } from '../../sdk/src/clicks';
import { Cards } from './card';
import { dialable, type Answer, type FromPage, type ToPage, type Welcome } from './messages';
import { Watch } from './watch';
import { words } from './words';

const LINKS = 'a[href^="tel:" i], a[href^="callto:" i]';
const top = window.top === window;

const say = (message: FromPage): Promise<unknown> => chrome.runtime.sendMessage(message);

const cards = new Cards({
  open: ({ popId }) => void say({ kind: 'open', popId }),
  hide: ({ popId }) => void say({ kind: 'hide', popId }),
  shown: ({ popId, revision }) => void say({ kind: 'shown', popId, revision, at: Date.now() }),
});

let watch: Watch | null = null;
let country = 'GB';
let cursor: string | null = null;

function linkOf(event: Event): Element | null {
  const [target] = event.composedPath();
  return target instanceof Element ? target.closest(LINKS) : null;
}

/** What this click is on: a link with a number, or a number in the text. */
function numberOf(event: MouseEvent): string | null {
  const link = linkOf(event);
  if (link) return dialable(numberOfLink(link.getAttribute('href') ?? ''));
  // A key that presses a button makes a click without a place.
  if (event.detail === 0 || !watch) return null;
  return watch.at(event.clientX, event.clientY)?.number ?? null;
}

async function dial(number: string): Promise<void> {
  try {
    const answer = (await say({ kind: 'dial', number })) as Answer;
    if (answer.text && top) cards.tell(answer.text, !answer.ok);
  } catch {
    // The extension was updated or switched off: this page has the old one until it is loaded again.
    if (top) cards.tell(words('reload'), true);
  }
}

function clicked(event: MouseEvent): void {
  if (!watch || !event.isTrusted || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  // Somebody who marks a number to copy it does not mean to dial it.
  if (document.getSelection()?.isCollapsed === false) return;
  const number = numberOf(event);
  if (number === null) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void dial(number);
}

function moved(event: MouseEvent): void {
  if (!watch) return;
  const over =
    event.target instanceof Element && !linkOf(event) && watch.at(event.clientX, event.clientY) !== null;
  const { style } = document.documentElement;
  if (over && cursor === null) {
    cursor = style.cursor;
    style.cursor = 'pointer';
  } else if (!over && cursor !== null) {
    style.cursor = cursor;
    cursor = null;
  }
}

function turn(on: boolean): void {
  if (on === (watch !== null)) return;
  if (on) {
    watch = new Watch(country);
    watch.start();
  } else {
    watch?.stop();
    watch = null;
    cards.close();
  }
}

function heard(
  message: unknown,
  sender: chrome.runtime.MessageSender,
  answer: (answer: unknown) => void,
): boolean {
  if (sender.id !== chrome.runtime.id) return false;
  const said = message as ToPage;
  switch (said.kind) {
    case 'calls':
      if (top) cards.show(watch ? said.calls : []);
      break;
    case 'site':
      turn(said.on);
      break;
    case 'told':
      if (top) cards.tell(said.text, said.failed);
      break;
    case 'numbers':
      answer(watch?.numbers() ?? []);
      break;
  }
  return false;
}

async function begin(): Promise<void> {
  const welcome = (await say({ kind: 'hello' })) as Welcome;
  country = welcome.country;
  turn(welcome.on);
  if (top) cards.show(welcome.calls);
}

// It may be put into a page that has it already: once is enough.
const world = globalThis as { ringcardIsHere?: boolean };
if (!world.ringcardIsHere) {
  world.ringcardIsHere = true;
  chrome.runtime.onMessage.addListener(heard);
  window.addEventListener('click', clicked, true);
  window.addEventListener('mousemove', moved, { capture: true, passive: true });
  void begin();
}
