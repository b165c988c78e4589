/** The window that asks before a page's number is dialled. It is ours: the page that asks cannot reach it. */
import '../../src/app/tokens.css';

import { ask, tell } from '../../src/features/embed/asking';
import type { Answer, FromOwn, Look } from './messages';
import { grouped } from './shown';
import { dress } from './dress';
import { speak, words } from './words';

const CLOSES_AFTER_MS = 2_500;
const say = (message: FromOwn): Promise<unknown> => chrome.runtime.sendMessage(message);

async function begin(root: HTMLElement): Promise<void> {
  const id = location.hash.slice(1);
  const asked = (await say({ kind: 'asked', id })) as ({ number: string; site: string } & Look) | null;
  if (!asked) {
    tell(root, words('error_asked_no_more'), 'failed');
    return;
  }
  const asking = ask(
    root,
    {
      title: words('call_this'),
      number: grouped(asked.number),
      who: asked.who,
      warnings: asked.warnings,
      allowed: asked.allowed,
      site: words('asked_by', asked.site),
      call: words('call'),
      cancel: words('do_not_call'),
      remember: asked.allowed ? words('trust', asked.site) : null,
    },
    {
      call: (remember) =>
        void say({ kind: 'call', id, remember }).then((answer) => {
          const { ok, text } = answer as Answer;
          asking.says(text, ok ? 'told' : 'failed');
          if (ok) setTimeout(() => window.close(), CLOSES_AFTER_MS);
        }),
      cancel: () => window.close(),
    },
  );
}

dress(document);
speak(document);
document.title = words('call_this');
const root = document.getElementById('root');
if (root) void begin(root);
