/**
 * The live channel's connection: opens, notices silence, comes back with backoff and jitter, resumes.
 *
 * No DOM and no real clock in here: everything outside is in `Outside`, so tests run without a server and without
 * waiting.
 */
import { CLOSE, type ClientFrame, type ServerFrame } from '../api/types';

export type ConnectionState =
  | { state: 'connecting'; attempt: number }
  | { state: 'up' }
  /** `heardAtMs`: when the server was last heard; what is on the screen is as of then. */
  | { state: 'lost'; heardAtMs: number | null; attempt: number; retryAtMs: number }
  | { state: 'signed_out' }
  | { state: 'too_many'; heardAtMs: number | null };

export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface Outside {
  open(url: string): Socket;
  nowMs(): number;
  random(): number;
  later(run: () => void, ms: number): () => void;
}

export interface ChannelListener {
  frame(frame: ServerFrame): void;
  connection(state: ConnectionState): void;
  /** Where to go on from, or null to ask for a snapshot. */
  position(): { epoch: string; seq: number } | null;
}

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 15_000;
/** Half-open connections (a laptop that slept, a Wi-Fi that changed) are not closed by anybody: ask, and listen. */
const PING_EVERY_MS = 20_000;
const SILENCE_IS_LOSS_MS = 30_000;

export function retryDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}

export class LiveChannel {
  private socket: Socket | null = null;
  private attempt = 0;
  private heardAtMs: number | null = null;
  private cancelRetry: (() => void) | null = null;
  private cancelPing: (() => void) | null = null;
  private running = false;

  constructor(
    private readonly base: string,
    private readonly listener: ChannelListener,
    private readonly outside: Outside,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.connect();
  }

  stop(): void {
    this.running = false;
    this.cancelRetry?.();
    this.drop();
  }

  /** The network came back or the tab was looked at: no reason to wait any longer. */
  retryNow(): void {
    if (!this.running || this.socket) return;
    this.cancelRetry?.();
    this.connect();
  }

  /** Throw the connection away and begin with a snapshot; `position` must answer null by now. */
  restart(): void {
    if (!this.running) return;
    this.drop();
    this.connect();
  }

  /** False if it could not be said: nothing is queued, because it would be stale by the time it goes out. */
  send(frame: ClientFrame): boolean {
    if (!this.socket || this.heardAtMs === null) return false;
    try {
      this.socket.send(JSON.stringify(frame));
      return true;
    } catch {
      return false;
    }
  }

  private connect(): void {
    this.cancelRetry = null;
    const from = this.listener.position();
    const url = from ? `${this.base}?since=${from.seq}&epoch=${encodeURIComponent(from.epoch)}` : this.base;
    if (this.heardAtMs === null) this.listener.connection({ state: 'connecting', attempt: this.attempt });
    const socket = this.outside.open(url);
    this.socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.socket) this.heard(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code);
    };
    this.watch(socket, this.outside.nowMs());
  }

  private heard(data: unknown): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(String(data)) as ServerFrame;
    } catch {
      return;
    }
    this.heardAtMs = this.outside.nowMs();
    if (frame.type === 'snapshot' || frame.type === 'resumed') {
      this.attempt = 0;
      this.listener.frame(frame);
      this.listener.connection({ state: 'up' });
      return;
    }
    this.listener.frame(frame);
  }

  private closed(code: number): void {
    this.drop();
    if (!this.running) return;
    if (code === CLOSE.NOT_SIGNED_IN) {
      this.running = false;
      this.listener.connection({ state: 'signed_out' });
      return;
    }
    if (code === CLOSE.TOO_MANY) {
      // Others of this employee's tabs hold the places; try again seldom, in case one is closed.
      this.listener.connection({ state: 'too_many', heardAtMs: this.heardAtMs });
      this.cancelRetry = this.outside.later(() => this.connect(), 2 * LONGEST_RETRY_MS);
      return;
    }
    const delay = code === CLOSE.TOO_SLOW ? 0 : retryDelayMs(this.attempt, this.outside.random());
    this.attempt += 1;
    this.listener.connection({
      state: 'lost',
      heardAtMs: this.heardAtMs,
      attempt: this.attempt,
      retryAtMs: this.outside.nowMs() + delay,
    });
    this.cancelRetry = this.outside.later(() => this.connect(), delay);
  }

  private watch(socket: Socket, openedAtMs: number): void {
    this.cancelPing = this.outside.later(() => {
      if (socket !== this.socket) return;
      const quietSince = Math.max(this.heardAtMs ?? 0, openedAtMs);
      if (this.outside.nowMs() - quietSince >= SILENCE_IS_LOSS_MS) {
        this.closed(1006);
        return;
      }
      this.send({ type: 'ping' });
      this.watch(socket, openedAtMs);
    }, PING_EVERY_MS);
  }

  private drop(): void {
    this.cancelPing?.();
    this.cancelPing = null;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    try {
      socket.close();
    } catch {
      // Already closed; nothing to do about it.
    }
  }
}
