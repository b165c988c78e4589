/**
 * One line in a page of another site: `<script src="https://cti.example.com/embed.js" async></script>`. Then a click on
 * anything with `data-ringcard-dial="+7…"` opens a small window of ringcard's, where an employee who is signed in there says
 * whether to call. This script cannot dial: it has no token, and what it says is believed only of sites that the
 * administrator allowed (docs/howto/embed-in-your-web-application.md).
 */
import { markedAt } from '../sdk/src/clicks';

const MARK = 'data-ringcard-dial';
const WINDOW = 'popup,width=420,height=360';

// Null in a module and in whatever a bundler makes of this: then it is of no use.
const script = document.currentScript;
const home = script instanceof HTMLScriptElement ? new URL(script.src).origin : null;

function open(element: Element, number: string): void {
  if (home === null) return;
  const opened = window.open(
    `${home}/embed/dial.html#number=${encodeURIComponent(number)}`,
    '_blank',
    WINDOW,
  );
  if (!opened) return;
  const heard = (event: MessageEvent): void => {
    if (event.source !== opened || event.origin !== home) return;
    const said = event.data as { type?: unknown; callId?: unknown } | null;
    if (said?.type === 'ringcard.ready') opened.postMessage({ type: 'ringcard.dial', number }, home);
    if (said?.type === 'ringcard.dialled') {
      window.removeEventListener('message', heard);
      element.dispatchEvent(
        new CustomEvent('ringcard:dialled', { bubbles: true, detail: { callId: said.callId, number } }),
      );
    }
  };
  window.addEventListener('message', heard);
}

function clicked(event: MouseEvent): void {
  // Not a script's own click, and not one that means something else.
  if (!event.isTrusted || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const found = markedAt(event);
  if (!found?.element.hasAttribute(MARK)) return;
  event.preventDefault();
  open(found.element, found.number);
}

function pressed(event: KeyboardEvent): void {
  const element = event.target as Element;
  if (!event.isTrusted || (event.key !== 'Enter' && event.key !== ' ') || !element.hasAttribute(MARK)) return;
  if (element.matches('a[href], button')) return; // The browser makes a click of it.
  const found = markedAt(event);
  if (!found) return;
  event.preventDefault();
  open(found.element, found.number);
}

/** What is clicked is reached by the keyboard too. */
function reachable(): void {
  for (const element of document.querySelectorAll<HTMLElement>(
    `[${MARK}]:not(a[href], button, [tabindex])`,
  )) {
    element.tabIndex = 0;
    if (!element.hasAttribute('role')) element.setAttribute('role', 'button');
  }
}

if (home !== null) {
  document.addEventListener('click', clicked);
  document.addEventListener('keydown', pressed);
  reachable();
  let soon: number | undefined;
  new MutationObserver(() => {
    window.clearTimeout(soon);
    soon = window.setTimeout(reachable, 200);
  }).observe(document.documentElement, { childList: true, subtree: true });
}
