/**
 * The little window that asks before it dials: whom, and which site wants it. Without a framework, because it has to be
 * there at once: in our own window for `embed.js`, and in the extension's. Nothing of the page that asks can reach into it.
 */
import './asking.css';

/** A page may open this window just under the pointer of somebody in the middle of a double click. */
export const NOT_BEFORE_MS = 700;

export interface Asked {
  title: string;
  /** Large: the number as people read it. */
  number: string;
  /** Whose it is; empty if that is not known. */
  who: string;
  /** What speaks against it. */
  warnings: string[];
  /** Whether it may be dialled at all. */
  allowed: boolean;
  /** Which site, in a sentence. */
  site: string | null;
  call: string;
  cancel: string;
  /** A choice beside it: “Don't ask again on this site”. */
  remember: string | null;
}

export interface Shown {
  /** What became of it, in words. */
  says(text: string, kind: 'told' | 'failed'): void;
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

export function ask(
  root: HTMLElement,
  asked: Asked,
  answers: { call: (remember: boolean) => void; cancel: () => void },
): Shown {
  const heading = element('h1', 'asking-number', asked.number);
  const said = element('p', 'asking-said');
  said.setAttribute('role', 'status');
  const call = element('button', 'asking-call', asked.call);
  const cancel = element('button', 'asking-cancel', asked.cancel);
  const remember = element('input', '');
  remember.type = 'checkbox';
  const choice =
    asked.remember === null ? [] : [element('label', 'asking-remember', remember, asked.remember)];
  call.type = cancel.type = 'button';
  call.disabled = true;
  call.addEventListener('click', (event) => {
    if (!event.isTrusted) return;
    call.disabled = true;
    answers.call(remember.checked);
  });
  cancel.addEventListener('click', () => answers.cancel());
  root.replaceChildren(
    element(
      'main',
      'asking',
      element('p', 'asking-title', asked.title),
      heading,
      ...(asked.who === '' ? [] : [element('p', 'asking-who', asked.who)]),
      ...asked.warnings.map((text) => element('p', 'asking-warning', text)),
      ...(asked.site === null ? [] : [element('p', 'asking-site', asked.site)]),
      ...choice,
      element('div', 'asking-buttons', call, cancel),
      said,
    ),
  );
  if (!asked.allowed) {
    call.hidden = true;
    cancel.focus();
    return { says: () => undefined };
  }
  setTimeout(() => {
    call.disabled = false;
    call.focus();
  }, NOT_BEFORE_MS);
  return {
    says: (text, kind) => {
      said.textContent = text;
      said.dataset.kind = kind;
      call.hidden = kind === 'told';
      call.disabled = false;
    },
  };
}

/** Only words, where there is nothing to ask. */
export function tell(root: HTMLElement, text: string, kind: 'told' | 'failed', ...more: Node[]): void {
  const said = element('p', 'asking-said', text);
  said.dataset.kind = kind;
  said.setAttribute('role', 'status');
  root.replaceChildren(element('main', 'asking', said, ...more));
}
