/** After a talk: what came of it. The form is loaded with the first call that was answered. */
import { lazy, Suspense } from 'react';

import type { Contact, Pop } from '../../api/types';
import { withWords } from '../../i18n';
import { Waiting } from '../../ui/Waiting';
import { keepsDrafts } from '../desk/drafts';

const WrapUp = lazy(() =>
  withWords('handling', import('./WrapUp')).then((module) => ({ default: module.WrapUp })),
);

export function AfterCall({ pop, contact }: { pop: Pop; contact: Contact | null }) {
  // Nobody talked, or an older server: there is nothing to wrap up.
  if (!keepsDrafts(pop) || pop.answered_at === null || pop.colleague) return null;
  return (
    <Suspense fallback={<Waiting rows={1} height={160} />}>
      <WrapUp pop={pop} contact={contact} />
    </Suspense>
  );
}
