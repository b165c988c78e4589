import { describe, expect, it } from 'vitest';

import { Refused } from '../../api/http';
import type { DraftNote } from '../../api/types';
import { DraftKeeper } from './draft';

/** A server and a browser's storage, and time that passes when told. */
function world(kept: Record<string, string> = {}) {
  const server = { note: { text: '', version: 0 }, reachable: true, saves: 0 };
  let due: (() => void) | null = null;
  const outside = {
    load: () => Promise.resolve(server.note),
    save: (_call: string, note: DraftNote) => {
      server.saves += 1;
      if (!server.reachable) return Promise.reject(new Refused({ status: 0, error_id: 'unreachable' }));
      if (note.version !== server.note.version)
        return Promise.reject(new Refused({ status: 409, error_id: 'changed_meanwhile' }));
      server.note = { text: note.text, version: note.version + 1 };
      return Promise.resolve(server.note);
    },
    later: (run: () => void) => {
      due = run;
      return () => (due = null);
    },
    read: (key: string) => kept[key] ?? null,
    keep: (key: string, text: string | null) => {
      if (text === null) Reflect.deleteProperty(kept, key);
      else kept[key] = text;
    },
  };
  const pass = async (): Promise<void> => {
    const run = due;
    due = null;
    run?.();
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  };
  const keeper = (start: DraftNote | null = null) => new DraftKeeper('k', 'c1', start, outside);
  return { server, kept, pass, keeper };
}

describe('the note as typed', () => {
  it('is saved once typing rests, and only then leaves this browser', async () => {
    const { server, kept, pass, keeper } = world();
    const note = keeper();
    note.write('Wa');
    note.write('Wants');
    expect(kept).toEqual({ k: 'Wants' });
    await pass();
    expect(server).toMatchObject({ note: { text: 'Wants', version: 1 }, saves: 1 });
    expect(note.now()).toEqual({ text: 'Wants', state: 'saved', theirs: null });
    expect(kept).toEqual({});
  });

  it('is found again after the browser was lost', () => {
    expect(world().keeper({ text: 'Wants shelves', version: 4 }).now().text).toBe('Wants shelves');
  });

  it('that never reached the server is sent when the page is opened again', async () => {
    const { server, pass, keeper } = world({ k: 'Typed on a train' });
    const note = keeper();
    expect(note.now()).toMatchObject({ text: 'Typed on a train', state: 'kept' });
    await pass();
    expect(server.note.text).toBe('Typed on a train');
  });

  it('is kept here while the server is out of reach, and sent when it is back', async () => {
    const { server, kept, pass, keeper } = world();
    server.reachable = false;
    const note = keeper();
    note.write('Call back');
    await pass();
    expect(note.now().state).toBe('kept');
    expect(kept).toEqual({ k: 'Call back' });
    server.reachable = true;
    await pass();
    expect(note.now().state).toBe('saved');
    expect(server.note.text).toBe('Call back');
  });

  it('from another computer is taken over, but not over what is being typed', () => {
    const note = world().keeper({ text: 'One', version: 1 });
    note.heard({ text: 'One two', version: 2 });
    expect(note.now().text).toBe('One two');
    note.write('One two three');
    note.heard({ text: 'Other', version: 3 });
    expect(note.now().text).toBe('One two three');
    note.heard({ text: 'Old', version: 1 });
    expect(note.now().text).toBe('One two three');
  });

  it('and typed differently at two computers loses neither text', async () => {
    const { server, pass, keeper } = world();
    const note = keeper();
    server.note = { text: 'Theirs', version: 5 };
    note.write('Mine');
    await pass();
    expect(note.now()).toEqual({ text: 'Mine', state: 'conflict', theirs: 'Theirs' });
    note.write('Mine and more');
    expect(server.note.text).toBe('Theirs');
    note.decide(true);
    await pass();
    expect(server.note.text).toBe('Mine and more');
    expect(note.now().state).toBe('saved');
  });

  it('and typed on while that is found out waits for the choice too', async () => {
    const { server, pass, keeper } = world();
    const note = keeper();
    server.note = { text: 'Theirs', version: 5 };
    note.write('Mine');
    const saving = pass();
    note.write('Mine and more');
    await saving;
    await pass();
    expect(server).toMatchObject({ note: { text: 'Theirs', version: 5 }, saves: 1 });
    expect(note.now()).toEqual({ text: 'Mine and more', state: 'conflict', theirs: 'Theirs' });
    note.decide(true);
    await pass();
    expect(server.note.text).toBe('Mine and more');
  });

  it('and theirs may stay', async () => {
    const { server, pass, keeper } = world();
    const note = keeper();
    server.note = { text: 'Theirs', version: 5 };
    note.write('Mine');
    await pass();
    note.decide(false);
    expect(note.now()).toEqual({ text: 'Theirs', state: 'saved', theirs: null });
  });

  it('typed on from what is there is no conflict', async () => {
    const { server, pass, keeper } = world();
    const note = keeper();
    server.note = { text: 'Wants', version: 5 };
    note.write('Wants shelves');
    await pass();
    await pass();
    expect(server.note.text).toBe('Wants shelves');
    expect(note.now().state).toBe('saved');
  });
});
