import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';

import { useState } from 'react';

import { Refused } from '../api/http';
import { Toasts } from '../ui/toasts';
import { themeManager } from './preferences';
import { router } from './router';
import { SessionGate } from './session';
import { theme, variables } from './theme';

const newQueries = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // The browser may be wrong about being offline, and what cannot be sent must say so, not wait in silence.
        networkMode: 'always',
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        // What the server refused it will refuse again; only a lost connection is worth another try.
        retry: (failures, error) =>
          failures < 2 && error instanceof Refused && error.errorId === 'unreachable',
      },
      mutations: { networkMode: 'always' },
    },
  });
const themes = themeManager();

export function App() {
  const [queries] = useState(newQueries);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      colorSchemeManager={themes}
    >
      <QueryClientProvider client={queries}>
        <SessionGate>
          <RouterProvider router={router} />
        </SessionGate>
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  );
}
