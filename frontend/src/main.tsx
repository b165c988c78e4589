import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import './app/tokens.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { copyNumbersPlain } from './app/copying';
import { whenIdle } from './app/idle';
import { firstLanguage } from './app/preferences';
import { listenForInstalling, startServiceWorker } from './app/pwa';
import { startWords } from './i18n';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const FONT_PATIENCE_MS = 1_000;
/** One letter of each alphabet. */
const LETTERS = String.fromCodePoint(0x61, 0x44f);

/** The letters of both languages: text that is painted in another font first moves when its own comes. */
function lettersAreHere(): Promise<unknown> {
  const late = new Promise((done) => setTimeout(done, FONT_PATIENCE_MS));
  return Promise.race([document.fonts.load("16px 'Inter Variable'", LETTERS).catch(() => null), late]);
}

listenForInstalling();
copyNumbersPlain(document);
void Promise.all([startWords(firstLanguage()), lettersAreHere()]).then(() => {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  whenIdle(() => void startServiceWorker());
});
