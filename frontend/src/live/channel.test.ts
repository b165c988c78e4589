import { describe, expect, it } from 'vitest';

import type { ServerFrame } from '../api/types';
import { LiveChannel, retryDelayMs, type ConnectionState, type Outside, type Socket } from './channel';
import { ShownLog, paintedAt } from './shown';
import { aContact, aMe, aPop, USUAL } from './samples';

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: unknown[] = [];
  open = true;
  constructor(readonly url: string) {}
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.open = false;
  }
  says(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  closes(code: number): void {
    this.onclose?.({ code });
  }
}

class FakeOutside implements Outside {
  sockets: FakeSocket[] = [];
  now = 1_000_000;
  private timers: { at: number; run: () => void }[] = [];
  open(url: string): Socket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  }
  nowMs(): number {
    return this.now;
  }
  random(): number {
    return 0.5;
  }
  later(run: () => void, ms: number): () => void {
    const timer = { at: this.now + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }
  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.now = due.at;
      due.run();
    }
    this.now = until;
  }
  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
}

const SNAPSHOT: ServerFrame = {
  type: 'snapshot',
  epoch: 'e 1',
  seq: 5,
  now: '2026-11-20T09:00:00.000Z',
  me: aMe(),
  pops: [],
  calls: [],
  missed: [],
  preferences: USUAL,
  devices: [],
  links: [],
};

function begin() {
  const outside = new FakeOutside();
  const seen: ConnectionState[] = [];
  const frames: ServerFrame[] = [];
  let position: { epoch: string; seq: number } | null = null;
  const channel = new LiveChannel(
    'ws://here/live',
    {
      frame: (frame) => {
        frames.push(frame);
        if (frame.type === 'snapshot') position = { epoch: frame.epoch, seq: frame.seq };
      },
      connection: (state) => seen.push(state),
      position: () => position,
    },
    outside,
  );
  channel.start();
  return {
    outside,
    seen,
    frames,
    channel,
    forget: () => {
      position = null;
    },
  };
}

describe('the live channel', () => {
  it('is up only when the snapshot is there', () => {
    const { outside, seen } = begin();
    expect(seen.at(-1)).toEqual({ state: 'connecting', attempt: 0 });
    outside.last.says(SNAPSHOT);
    expect(seen.at(-1)).toEqual({ state: 'up' });
  });

  it('comes back by itself and asks for what it missed', () => {
    const { outside, seen } = begin();
    outside.last.says(SNAPSHOT);
    outside.last.closes(1006);
    expect(seen.at(-1)).toMatchObject({ state: 'lost', heardAtMs: 1_000_000, attempt: 1 });
    outside.pass(1000);
    expect(outside.last.url).toBe('ws://here/live?since=5&epoch=e%201');
    outside.last.says({ type: 'resumed', epoch: 'e 1', seq: 5 });
    expect(seen.at(-1)).toEqual({ state: 'up' });
  });

  it('waits longer each time, never in step with others, and never longer than a quarter of a minute', () => {
    expect([0, 1, 2].map((attempt) => retryDelayMs(attempt, 0))).toEqual([200, 400, 800]);
    expect(retryDelayMs(1, 0.9)).toBeGreaterThan(retryDelayMs(1, 0.1));
    expect(retryDelayMs(30, 1)).toBe(15_000);
  });

  it('does not wait when the network says it is back', () => {
    const { outside, channel } = begin();
    outside.last.closes(1006);
    channel.retryNow();
    expect(outside.sockets).toHaveLength(2);
    outside.pass(60_000);
    expect(outside.sockets.filter((socket) => socket.url === 'ws://here/live').length).toBeGreaterThanOrEqual(
      2,
    );
  });

  it('resumes at once after being too slow', () => {
    const { outside } = begin();
    outside.last.says(SNAPSHOT);
    outside.last.closes(4408);
    outside.pass(0);
    expect(outside.last.url).toContain('since=5');
  });

  it('gives up when the session is over', () => {
    const { outside, seen } = begin();
    outside.last.closes(4401);
    outside.pass(120_000);
    expect(seen.at(-1)).toEqual({ state: 'signed_out' });
    expect(outside.sockets).toHaveLength(1);
  });

  it('tries seldom when there are too many tabs', () => {
    const { outside, seen } = begin();
    outside.last.closes(4429);
    expect(seen.at(-1)).toMatchObject({ state: 'too_many' });
    outside.pass(20_000);
    expect(outside.sockets).toHaveLength(1);
    outside.pass(15_000);
    expect(outside.sockets).toHaveLength(2);
  });

  it('notices a connection that died without a word', () => {
    const { outside, seen } = begin();
    outside.last.says(SNAPSHOT);
    const first = outside.last;
    outside.pass(20_000);
    expect(first.sent).toEqual([{ type: 'ping' }]);
    outside.pass(25_000);
    expect(seen.some((state) => state.state === 'lost')).toBe(true);
    expect(first.open).toBe(false);
    expect(outside.sockets.length).toBeGreaterThan(1);
  });

  it('stays while the server answers', () => {
    const { outside, seen } = begin();
    outside.last.says(SNAPSHOT);
    for (let minute = 0; minute < 5; minute += 1) {
      outside.pass(20_000);
      outside.last.says({ type: 'pong' });
    }
    expect(outside.sockets).toHaveLength(1);
    expect(seen.at(-1)).toEqual({ state: 'up' });
  });

  it('ignores what the connection it has left still says', () => {
    const { outside, frames, channel, forget } = begin();
    const first = outside.last;
    first.says(SNAPSHOT);
    forget();
    channel.restart();
    expect(outside.last.url).toBe('ws://here/live');
    first.says({ type: 'pop_removed', seq: 6, pop_id: 'p1' });
    expect(frames).toHaveLength(1);
  });

  it('survives a frame that is not JSON', () => {
    const { outside, frames } = begin();
    outside.last.onmessage?.({ data: '<html>' });
    outside.last.says(SNAPSHOT);
    expect(frames).toHaveLength(1);
  });
});

describe('what was painted', () => {
  it('is reported when the pop appears and once more when its card comes', () => {
    const log = new ShownLog();
    const bare = aPop();
    expect(log.wants(bare)).toBe(true);
    log.note(bare);
    expect(log.wants(aPop({ revision: 2 }))).toBe(false);
    const withCard = aPop({ revision: 3, contact: aContact() });
    expect(log.wants(withCard)).toBe(true);
    log.note(withCard);
    expect(log.wants({ ...withCard, revision: 4 })).toBe(false);
  });

  it('is told in our own time unless our clock is plainly wrong', () => {
    const now = Date.parse('2026-11-20T09:00:00.000Z');
    expect(paintedAt(now, -120)).toBe('2026-11-20T09:00:00.000Z');
    expect(paintedAt(now, 60_000)).toBe('2026-11-20T09:01:00.000Z');
  });
});
