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

listenForInstalling();
copyNumbersPlain(document);
void startWords(firstLanguage()).then(() => {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  whenIdle(() => void startServiceWorker());
});
