/** The draft notes of this tab, one a conversation. */
import { useEffect, useSyncExternalStore } from 'react';

import { server } from '../../api/server';
import type { Pop } from '../../api/types';
import { keep, readKept } from '../../app/preferences';
import { DraftKeeper, type Draft } from './draft';

const keepers = new Map<string, DraftKeeper>();
/** What else is filled in after a call and not saved yet, by call; see wrapup/filled.ts. */
export const filled = new Map<string, object>();

const outside = {
  load: server.draftNote,
  save: server.keepDraftNote,
  later: (run: () => void, ms: number) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  read: readKept,
  keep,
};

/** Whether the server keeps notes as typed: an older one says nothing of them. */
export function keepsDrafts(pop: Pop): boolean {
  return pop.note !== undefined;
}

export function draftOf(pop: Pop): DraftKeeper {
  let keeper = keepers.get(pop.conversation_id);
  if (!keeper) {
    const key = `ringcard.note.call.${pop.conversation_id}`;
    keeper = new DraftKeeper(key, pop.call_id, pop.note ?? null, outside);
    keepers.set(pop.conversation_id, keeper);
  }
  return keeper;
}

/** Nobody's drafts stay in memory for the next employee. */
export function forgetDraftsOfCalls(): void {
  keepers.clear();
  filled.clear();
}

export function useDraft(
  pop: Pop,
): Draft & { write: (text: string) => void; decide: (mine: boolean) => void } {
  const keeper = draftOf(pop);
  const draft = useSyncExternalStore(keeper.subscribe, keeper.now);
  useEffect(() => keeper.heard(pop.note), [keeper, pop.note]);
  return {
    ...draft,
    write: (text) => keeper.write(text),
    decide: (mine) => keeper.decide(mine),
  };
}
