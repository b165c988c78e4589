/** Who is signed in. Without a session there is the sign-in page and nothing else; with one, the live channel runs. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, lazy, Suspense, useCallback, useContext, useEffect, type ReactNode } from 'react';

import { Refused, rememberToken } from '../api/http';
import { server } from '../api/server';
import type { Me } from '../api/types';
import { speak, withWords } from '../i18n';
import { forgetDraftsOfCalls } from '../features/desk/drafts';
import { live, useConnection } from '../live/store';
import { forgetDrafts } from '../ui/form/typed';
import { keepDraftsOf, keptLanguage } from './preferences';
import { Unreachable } from './Unreachable';

const SignIn = lazy(() => import('../features/people/SignIn').then((module) => ({ default: module.SignIn })));

const SetupDoor = lazy(() =>
  withWords('setup', import('../features/setup/SetupDoor')).then((module) => ({ default: module.SetupDoor })),
);

const ME = ['me'];
const SessionContext = createContext<{ me: Me; signOut: () => Promise<void> } | null>(null);

export function useSession(): { me: Me; signOut: () => Promise<void> } {
  const session = useContext(SessionContext);
  if (!session) throw new Error('outside of SessionGate');
  return session;
}

export function SessionGate({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const connection = useConnection();
  const asked = useQuery({
    queryKey: ME,
    queryFn: async (): Promise<Me | null> => {
      try {
        return await server.me();
      } catch (error) {
        if (error instanceof Refused && error.errorId === 'not_signed_in') return null;
        throw error;
      }
    },
    staleTime: Infinity,
    retry: false, // `Unreachable` tries again, and says so.
    gcTime: Infinity,
  });
  const me = asked.data ?? null;
  const setup = useQuery({ queryKey: ['setup'], queryFn: server.setup, enabled: asked.data === null });
  const employeeId = me?.employee_id;

  useEffect(() => {
    if (!employeeId) return;
    live.start();
    return () => {
      live.stop();
      forgetDrafts();
      forgetDraftsOfCalls();
    };
  }, [employeeId]);

  useEffect(() => {
    if (!me) return;
    rememberToken(me.csrf_token);
    keepDraftsOf(me.employee_id);
    if (me.language && !keptLanguage()) void speak(me.language);
  }, [me]);

  useEffect(() => {
    if (connection.state !== 'signed_out') return;
    // Signing in again in another tab ends this tab's channel too, but the browser has a new session by then.
    let current = true;
    void server.me().then(
      (next) => {
        if (!current) return;
        rememberToken(next.csrf_token);
        queries.setQueryData(ME, next);
        live.stop();
        live.start();
      },
      () => {
        if (current) queries.setQueryData(ME, null);
      },
    );
    return () => {
      current = false;
    };
  }, [connection.state, queries]);

  const { refetch } = asked;
  const again = useCallback(() => void refetch(), [refetch]);
  if (asked.isPending) return null;
  if (asked.isError && !me) return <Unreachable again={again} trying={asked.isFetching} />;
  const entered = (next: Me): void => {
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
    queries.setQueryData(ME, next);
  };
  if (!me && setup.isLoading) return null;
  if (!me && setup.data?.stage === 'new')
    return (
      <Suspense fallback={null}>
        <SetupDoor state={setup.data} onSignedIn={entered} />
      </Suspense>
    );
  if (!me)
    return (
      <Suspense fallback={null}>
        <SignIn ended={connection.state === 'signed_out'} onSignedIn={entered} />
      </Suspense>
    );
  const signOut = async (): Promise<void> => {
    await server.signOut();
    queries.setQueryData(ME, null);
  };
  return <SessionContext value={{ me, signOut }}>{children}</SessionContext>;
}
