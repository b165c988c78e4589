/**
 * The card over a page while a phone rings. It lives in a closed shadow root in the browser's top layer: the page's styles
 * do not reach it, its scripts cannot read it, and nothing of the page moves. It cannot answer or dial: a page could lay
 * something over it, so whatever is in it is harmless to press.
 */
import type { Shown } from './messages';
import { words } from './words';

const STYLE = `
:host { all: initial; position: fixed; inset: auto 16px 16px auto; margin: 0; padding: 0; border: 0; background: none; overflow: visible; }
.card {
  box-sizing: border-box; width: 340px; max-width: calc(100vw - 32px); margin-top: 8px; padding: 14px 16px;
  border: 1px solid var(--line); border-left: 4px solid var(--line-strong); border-radius: 8px;
  background: var(--surface); color: var(--ink); box-shadow: 0 12px 32px rgb(0 0 0 / 28%);
  font: 14px/1.45 system-ui, sans-serif; text-align: left;
}
.card[data-state='ringing'] { border-left-color: var(--accent); }
.state { display: flex; justify-content: space-between; gap: 8px; color: var(--accent-ink); font-weight: 600; }
.card:not([data-state='ringing']) .state { color: var(--ink-2); }
.title { margin: 4px 0 0; font-size: 18px; font-weight: 650; line-height: 1.25; overflow-wrap: anywhere; }
.vip { margin-left: 6px; padding: 1px 6px; border: 1px solid var(--accent-line); border-radius: 4px; color: var(--accent-ink); font-size: 11px; vertical-align: 3px; }
.number { font-variant-numeric: tabular-nums; }
p { margin: 2px 0 0; overflow-wrap: anywhere; }
.below, .order { color: var(--ink-2); }
.handover { margin-top: 8px; padding: 6px 8px; border-radius: 6px; background: var(--accent-soft); }
.buttons { display: flex; gap: 8px; margin-top: 10px; }
button { min-height: 32px; padding: 0 12px; border: 1px solid var(--line-strong); border-radius: 6px; background: transparent; color: var(--ink); font: inherit; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.told { padding: 10px 14px; }
.told[data-failed] { border-left-color: var(--danger); }
:host { --surface: #fff; --line: #dde3e5; --line-strong: #87949a; --ink: #12181b; --ink-2: #445058; --accent: #0b7a58; --accent-ink: #086347; --accent-soft: #e6f5ef; --accent-line: #9fd6c0; --danger: #b3261e; }
@media (prefers-color-scheme: dark) {
  :host { --surface: #161b1e; --line: #2a3338; --line-strong: #65737b; --ink: #e9eef0; --ink-2: #b7c2c7; --accent: #4fd1a1; --accent-ink: #6fdcb4; --accent-soft: #10291f; --accent-line: #22644d; --danger: #ff9288; }
}
`;

export interface Answers {
  open(call: Shown): void;
  hide(call: Shown): void;
  /** It is painted. */
  shown(call: Shown): void;
}

function stateWords(call: Shown): string {
  if (call.state === 'ringing') return words('state_ringing');
  if (call.state === 'held') return words('state_held');
  return call.talks ? words('state_talking') : words('state_dialling');
}

export class Cards {
  private host: HTMLElement | null = null;
  private list: HTMLElement | null = null;
  private told: HTMLElement | null = null;
  private readonly said = new Map<string, string>();
  private quiet: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly answers: Answers) {}

  show(calls: Shown[]): void {
    if (calls.length === 0 && !this.told) {
      this.close();
      return;
    }
    const list = this.open();
    const before = new Map(
      [...list.querySelectorAll<HTMLElement>('.card[data-pop]')].map((card) => [card.dataset.pop, card]),
    );
    for (const call of calls) {
      const held = before.get(call.popId);
      before.delete(call.popId);
      const drawn = JSON.stringify(call);
      if (held && this.said.get(call.popId) === drawn) continue;
      this.said.set(call.popId, drawn);
      const card = this.card(call);
      if (held) held.replaceWith(card);
      else list.append(card);
      // After two frames it is on the screen, if anybody looks at this tab.
      if (document.visibilityState === 'visible')
        requestAnimationFrame(() => requestAnimationFrame(() => this.answers.shown(call)));
    }
    for (const [popId, card] of before) {
      card.remove();
      this.said.delete(popId ?? '');
    }
  }

  /** A sentence for some seconds: what became of a click. */
  tell(text: string, failed: boolean): void {
    const list = this.open();
    this.told?.remove();
    this.told = element('div', 'card told', text);
    this.told.setAttribute('role', 'status');
    if (failed) this.told.dataset.failed = '';
    list.append(this.told);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.told?.remove();
      this.told = null;
      if (this.said.size === 0) this.close();
    }, 6_000);
  }

  close(): void {
    this.host?.remove();
    this.host = this.list = this.told = null;
    this.said.clear();
  }

  private open(): HTMLElement {
    if (this.list && this.host?.isConnected) return this.list;
    this.said.clear();
    const host = document.createElement('div');
    host.setAttribute('popover', 'manual');
    const inside = host.attachShadow({ mode: 'closed' });
    const list = element('section', '');
    list.setAttribute('aria-label', words('cards'));
    list.setAttribute('aria-live', 'polite');
    inside.append(style(inside), list);
    document.documentElement.append(host);
    try {
      host.showPopover();
    } catch {
      host.style.setProperty('z-index', '2147483647', 'important');
    }
    this.host = host;
    this.list = list;
    return list;
  }

  private card(call: Shown): HTMLElement {
    const card = element('article', 'card');
    card.dataset.pop = call.popId;
    card.dataset.state = call.state;
    const title = element('p', 'title', call.title);
    if (call.vip) title.append(element('span', 'vip', words('vip')));
    const open = element('button', '', words('open_card'));
    const hide = element('button', '', words('hide'));
    open.addEventListener('click', (event) => event.isTrusted && this.answers.open(call));
    hide.addEventListener('click', (event) => event.isTrusted && this.answers.hide(call));
    const line = (name: string, text: string): HTMLElement[] => (text ? [element('p', name, text)] : []);
    card.append(
      element('div', 'state', stateWords(call)),
      title,
      ...line('number', call.number),
      ...line('below', call.below),
      ...line('order', call.order),
      ...line('handover', call.handover),
      element('div', 'buttons', open, hide),
    );
    return card;
  }
}

/** A sheet of ours where the browser lets a content script have one: a page's policy may forbid an element. */
function style(inside: ShadowRoot): Node {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    inside.adoptedStyleSheets = [sheet];
    return document.createTextNode('');
  } catch {
    return element('style', '', STYLE);
  }
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}
