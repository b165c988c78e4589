import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

import { forOtherSites } from './pwa/others.ts';
import { serviceWorker } from './pwa/plugin.ts';

// `npm run dev` talks to a server on this address: `ringcard serve`, or `npm run dev:fake`.
const server = process.env.RINGCARD_DEV_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), serviceWorker(), forOtherSites()],
  build: {
    outDir: '../src/ringcard/web/static',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // Inlining would hide small icons from the server's cache headers and needs `data:` in its CSP.
    assetsInlineLimit: 0,
    manifest: 'manifest.json',
    // The desk, and the small window that asks before a page of another site makes a call.
    rollupOptions: { input: ['index.html', 'embed/dial.html'] },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: server, changeOrigin: true, ws: true } },
  },
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'http://localhost/' } },
    setupFiles: ['src/app/test-browser.ts'],
    include: ['{src,sdk,embed,extension}/**/*.test.{ts,tsx}', '{scripts,extension}/*.test.mjs'],
    restoreMocks: true,
  },
});
