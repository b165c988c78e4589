/**
 * The note that is typed during a call: saved on the server as typed, so that it survives a lost browser and travels
 * with a hand-over. Each save carries the version it was made from; if another computer of the same employee was faster,
 * nothing is written over: both texts are shown. What cannot be sent is kept in this browser and sent later.
 *
 * Pure of browser, clock and network: those are given.
 */
import { Refused } from '../../api/http';
import type { DraftNote } from '../../api/types';

export type DraftState = 'saved' | 'saving' | 'kept' | 'conflict';

export interface Draft {
  text: string;
  state: DraftState;
  /** Typed at another computer meanwhile; only in a conflict. */
  theirs: string | null;
}

export interface Outside {
  load: (callId: string) => Promise<DraftNote>;
  save: (callId: string, note: DraftNote) => Promise<DraftNote>;
  /** Runs it later; the returned function calls it off. */
  later: (run: () => void, ms: number) => () => void;
  read: (key: string) => string | null;
  keep: (key: string, text: string | null) => void;
}

const SAVE_AFTER_MS = 500;
const AGAIN_AFTER_MS = 5000;
const NOTHING: DraftNote = { text: '', version: 0 };

export class DraftKeeper {
  private draft: Draft;
  /** What the server holds, as far as we know. */
  private held: DraftNote;
  private callOff: (() => void) | null = null;
  private sending = false;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly key: string,
    private readonly callId: string,
    start: DraftNote | null,
    private readonly outside: Outside,
  ) {
    this.held = start ?? NOTHING;
    const kept = outside.read(key);
    this.draft = { text: kept ?? this.held.text, state: 'saved', theirs: null };
    if (kept !== null && kept !== this.held.text) {
      this.draft = { ...this.draft, state: 'kept' };
      this.saveIn(0);
    }
  }

  now = (): Draft => this.draft;

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  write(text: string): void {
    this.outside.keep(this.key, text);
    const conflict = this.draft.state === 'conflict';
    this.change({ ...this.draft, text, state: conflict ? 'conflict' : 'saving' });
    if (!conflict) this.saveIn(SAVE_AFTER_MS);
  }

  /** The server's note, with the pop. It is taken over unless something is typed here that it does not have yet. */
  heard(note: DraftNote | null | undefined): void {
    if (!note || note.version <= this.held.version) return;
    if (this.draft.state !== 'saved') return; // The next save finds out.
    this.held = note;
    if (note.text !== this.draft.text) this.change({ text: note.text, state: 'saved', theirs: null });
  }

  /** Of two texts: `mine` goes over theirs, or theirs stays. */
  decide(mine: boolean): void {
    if (this.draft.state !== 'conflict') return;
    if (mine) {
      this.change({ ...this.draft, state: 'saving', theirs: null });
      this.saveIn(0);
      return;
    }
    this.outside.keep(this.key, null);
    this.change({ text: this.held.text, state: 'saved', theirs: null });
  }

  /** Before something that needs the text on the server: a hand-over. */
  flush(): void {
    if (this.callOff) this.saveIn(0);
  }

  private saveIn(ms: number): void {
    this.callOff?.();
    this.callOff = this.outside.later(() => {
      this.callOff = null;
      void this.save();
    }, ms);
  }

  private async save(): Promise<void> {
    if (this.draft.state === 'conflict') return; // Somebody has to choose first.
    if (this.sending) {
      this.saveIn(SAVE_AFTER_MS);
      return;
    }
    const { text } = this.draft;
    this.sending = true;
    try {
      this.held = await this.outside.save(this.callId, { text, version: this.held.version });
      if (this.draft.text !== text) return; // Typed on meanwhile: that has its own save.
      this.outside.keep(this.key, null);
      this.change({ text, state: 'saved', theirs: null });
    } catch (error) {
      if (error instanceof Refused && error.errorId === 'changed_meanwhile') await this.compare();
      else {
        this.change({ ...this.draft, state: 'kept' });
        // What the server will never take stays here; only a lost line is worth another try.
        if (error instanceof Refused && error.errorId === 'unreachable') this.saveIn(AGAIN_AFTER_MS);
      }
    } finally {
      this.sending = false;
    }
  }

  private async compare(): Promise<void> {
    try {
      this.held = await this.outside.load(this.callId);
    } catch {
      this.change({ ...this.draft, state: 'kept' });
      this.saveIn(AGAIN_AFTER_MS);
      return;
    }
    // Typed on from what is there, or the same: nothing of theirs would be lost.
    if (this.draft.text.startsWith(this.held.text)) this.saveIn(0);
    else {
      // What was typed meanwhile has its own save, which would go over theirs unasked.
      this.callOff?.();
      this.callOff = null;
      this.change({ ...this.draft, state: 'conflict', theirs: this.held.text });
    }
  }

  private change(next: Draft): void {
    this.draft = next;
    for (const watcher of this.watchers) watcher();
  }
}
