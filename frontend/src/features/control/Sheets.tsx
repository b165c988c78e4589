/** The sheet that is open, with the pop as it is now. When its call is over, the sheet goes. */
import { lazy, Suspense, useEffect } from 'react';

import { whenIdle } from '../../app/idle';
import { withWords } from '../../i18n';
import { useLive } from '../../live/store';
import { closeSheet, useSheet } from './sheet';

const loadHandover = () => withWords('handling', import('../handover/HandoverSheet'));
const loadKeypad = () => withWords('handling', import('./Keypad'));
const HandoverSheet = lazy(() => loadHandover().then((module) => ({ default: module.HandoverSheet })));
const Keypad = lazy(() => loadKeypad().then((module) => ({ default: module.Keypad })));

export function Sheets() {
  const wanted = useSheet();
  const pop = useLive((state) => (wanted ? state.pops[wanted.pop.pop_id] : undefined));
  const gone = wanted !== null && pop === undefined;
  useEffect(() => {
    if (gone) closeSheet();
  }, [gone]);
  // Where it is wanted, a call waits: the first use must not wait for the network.
  useEffect(
    () => whenIdle(() => void Promise.all([loadHandover(), loadKeypad()]).catch(() => undefined)),
    [],
  );
  if (!wanted || !pop) return null;
  return (
    <Suspense fallback={null}>
      {wanted.kind === 'keypad' ? (
        <Keypad key={pop.pop_id} pop={pop} close={closeSheet} />
      ) : (
        <HandoverSheet
          key={`${pop.pop_id} ${wanted.kind} ${wanted.to?.name ?? ''}`}
          pop={pop}
          kind={wanted.kind}
          to={wanted.to ?? null}
          close={closeSheet}
        />
      )}
    </Suspense>
  );
}
