/**
 * The state of a form over something that others may change too. What is typed stays until it is saved or discarded: it
 * outlives leaving the page (in this tab's memory, because there may be secrets in it), a refused save, and a
 * colleague's save in between.
 */
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { Refused } from '../../api/http';
import { changed, merge } from './merge';
import { typed } from './typed';

interface Typing<Kept, Value> {
  base: Kept;
  value: Value;
}

interface Options<Kept, Value extends object> {
  /** What names this form among all: `pbxs/office`. */
  name: string;
  /** As the server last said it. */
  kept: Kept;
  valueOf: (kept: Kept) => Value;
  /** `on` is what the change was made on: it carries the version, or whatever the server goes by. */
  save: (value: Value, on: Kept) => Promise<Kept>;
  /** Asked for when the server says `changed_meanwhile`. */
  fresh: () => Promise<Kept>;
  /** Put it where the rest of the page reads it, before the form shows it. */
  saved: (kept: Kept) => void;
}

export interface Draft<Value extends object> {
  value: Value;
  set: (change: Partial<Value>) => void;
  dirty: boolean;
  /** Back to what the server has; what was typed can be had back from the answer. */
  discard: () => () => void;
  save: () => void;
  saving: boolean;
  /** It was saved, and nothing was typed since. */
  done: boolean;
  error: Error | null;
  /** Somebody else saved the same fields: what they wrote there. */
  clash: { theirs: Value; fields: (keyof Value & string)[] } | null;
  takeTheirs: () => void;
  keepMine: () => void;
}

/** The browser asks before it closes a tab in which something is not saved. */
function useWarning(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);
}

export function useDraft<Kept, Value extends object>(options: Options<Kept, Value>): Draft<Value> {
  const { name, kept, valueOf } = options;
  /** What is typed now, also by a change that no render has seen yet. */
  const latest = (): Typing<Kept, Value> | null =>
    (typed.get(name) as Typing<Kept, Value> | undefined) ?? null;
  const [typing, setTyping] = useState(latest);
  const [theirs, setTheirs] = useState<Kept | null>(null);
  const base = typing?.base ?? kept;
  const value = typing?.value ?? valueOf(kept);

  const hold = (next: Typing<Kept, Value> | null): void => {
    setTyping(next);
    if (next) typed.set(name, next);
    else typed.delete(name);
  };
  const change = (next: Typing<Kept, Value> | null): void =>
    hold(next && changed(valueOf(next.base), next.value).length > 0 ? next : null);

  const mutation = useMutation({
    mutationFn: async ({ value: mine, on }: { value: Value; on: Kept }): Promise<Kept> => {
      try {
        return await options.save(mine, on);
      } catch (error) {
        if (!(error instanceof Refused) || error.errorId !== 'changed_meanwhile') throw error;
        const fresh = await options.fresh();
        const merged = merge(valueOf(on), mine, valueOf(fresh));
        // Each changed something else: both stay, and nobody needs to be asked.
        if (merged.clashes.length === 0) return options.save(merged.value, fresh);
        setTheirs(fresh);
        throw error;
      }
    },
    onMutate: () => setTheirs(null),
    onSuccess: (saved, { value: sent }) => {
      options.saved(saved);
      // What was typed while it was on its way goes on, over what the server has now.
      const now = latest();
      change(now && { base: saved, value: merge(sent, now.value, valueOf(saved)).value });
    },
    onError: () => change(latest()),
  });

  const dirty = typing !== null;
  useWarning(dirty);
  const clash = theirs && {
    theirs: valueOf(theirs),
    fields: merge(valueOf(base), value, valueOf(theirs)).clashes,
  };
  return {
    value,
    dirty,
    set: (changes) => {
      if (mutation.isSuccess) mutation.reset();
      const next = { base, value: { ...value, ...changes } };
      // Typed back while it is on its way is a change to what will have been saved.
      if (mutation.isPending) hold(next);
      else change(next);
    },
    discard: () => {
      const before = typing;
      mutation.reset();
      setTheirs(null);
      change(null);
      return () => change(before);
    },
    save: () => mutation.mutate({ value, on: base }),
    saving: mutation.isPending,
    done: mutation.isSuccess && !dirty,
    error: clash ? null : mutation.error,
    clash,
    takeTheirs: () => {
      if (!theirs || !clash) return;
      const merged = merge(valueOf(base), value, valueOf(theirs)).value;
      for (const field of clash.fields) merged[field] = clash.theirs[field];
      setTheirs(null);
      mutation.reset();
      options.saved(theirs);
      change({ base: theirs, value: merged });
    },
    keepMine: () => {
      if (!theirs) return;
      const { value: merged } = merge(valueOf(base), value, valueOf(theirs));
      change({ base: theirs, value: merged });
      mutation.mutate({ value: merged, on: theirs });
    },
  };
}
