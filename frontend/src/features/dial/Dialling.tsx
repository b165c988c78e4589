/** What is being dialled and what is asked about it; their parts are loaded when somebody dials. */
import { lazy, Suspense } from 'react';

import { withWords } from '../../i18n';
import { useDialling } from './dial';

const DialProgress = lazy(() =>
  withWords('handling', import('./DialProgress')).then((module) => ({ default: module.DialProgress })),
);
const DialQuestion = lazy(() =>
  withWords('handling', import('./DialQuestion')).then((module) => ({ default: module.DialQuestion })),
);

export function Dialling() {
  const { question, runs } = useDialling();
  return (
    <Suspense fallback={null}>
      {Object.keys(runs).length > 0 && <DialProgress />}
      {question && (
        <DialQuestion key={question.wish.number} wish={question.wish} preview={question.preview} />
      )}
    </Suspense>
  );
}
