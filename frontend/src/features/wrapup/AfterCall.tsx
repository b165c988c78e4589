/** After a talk: what came of it. The form is loaded with the first call that was answered. */
import { lazy, Suspense } from 'react';

import type { Contact, Pop } from '../../api/types';
import { useSession } from '../../app/session';
import { withWords } from '../../i18n';
import { useLive } from '../../live/store';
import { Waiting } from '../../ui/Waiting';

const WrapUp = lazy(() =>
  withWords('handling', import('./WrapUp')).then((module) => ({ default: module.WrapUp })),
);

export function AfterCall({ pop, contact }: { pop: Pop; contact: Contact | null }) {
  const { me } = useSession();
  // A server that knows nobody's presence has no wrap-up either.
  const known = useLive((state) => me.employee_id in state.presence);
  if (!known || pop.answered_at === null || pop.colleague) return null;
  return (
    <Suspense fallback={<Waiting rows={1} height={160} />}>
      <WrapUp pop={pop} contact={contact} />
    </Suspense>
  );
}
