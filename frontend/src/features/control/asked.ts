/**
 * What was asked of calls from this tab, from the click to the outcome. “Accepted” is not “done”: an ask is pending until
 * the server's request says what became of it. While it is pending the same is not asked again, so a double click asks
 * once; what the network swallowed is asked again once with the same key, so it is done once.
 *
 * Pure of browser, clock and network: those are given.
 */
import { Refused } from '../../api/http';
import type { Failure, ServiceName, ServiceRequest } from '../../api/types';

export interface Ask {
  /** One thing that can be asked of one call: `call service mode`. */
  slot: string;
  callId: string;
  service: ServiceName;
  /** Whom it is about, in words, for the line that tells the outcome. */
  whom: string;
  state: 'sending' | 'accepted' | 'done' | 'failed';
  requestId: string | null;
  /** What the server said became of it. */
  reason: Failure | null;
  detail: string | null;
  /** What one dials to fetch the call that was parked. */
  slotOfParked: string | null;
  /** The server did not take it, or could not be reached. */
  error: unknown;
  settledAtMs: number | null;
}

export type Answer = Partial<Pick<ServiceRequest, 'request_id' | 'state' | 'reason' | 'detail' | 'slot'>> & {
  call_id?: string;
};
export type Send = (key: string) => Promise<Answer>;

export interface Outside {
  newKey: () => string;
  nowMs: () => number;
  wait: (ms: number) => Promise<void>;
}

const AGAIN_AFTER_MS = 700;
const KEPT = 40;

export function isPending(ask: Ask | undefined): boolean {
  return ask?.state === 'sending' || ask?.state === 'accepted';
}

export function slotOf(callId: string, service: ServiceName, more = ''): string {
  return `${callId} ${service}${more && ` ${more}`}`;
}

export class AskedOfCalls {
  private asks: readonly Ask[] = [];
  /** What the live channel said of requests, also of those whose answer is still on its way to us. */
  private heardOf: Readonly<Record<string, ServiceRequest>> = {};
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly outside: Outside,
    /** Told of each ask once, when it is settled. */
    private readonly settled: (ask: Ask) => void,
  ) {}

  all = (): readonly Ask[] => this.asks;

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Asks, unless the same is being asked already. Resolves to the answer, or null if it was not asked or not taken. */
  async ask(
    callId: string,
    service: ServiceName,
    whom: string,
    send: Send,
    more = '',
  ): Promise<Answer | null> {
    const slot = slotOf(callId, service, more);
    if (isPending(this.find(slot))) return null;
    const key = this.outside.newKey();
    this.put({
      slot,
      callId,
      service,
      whom,
      state: 'sending',
      requestId: null,
      reason: null,
      detail: null,
      slotOfParked: null,
      error: null,
      settledAtMs: null,
    });
    try {
      const answer = await this.sendTwice(send, key);
      const ask = this.find(slot);
      if (!ask) return answer;
      const requestId = answer.request_id ?? null;
      this.put({ ...ask, state: 'accepted', requestId, callId: answer.call_id ?? ask.callId });
      // An older server tells no more than that it was taken.
      if (requestId === null) this.conclude(slot, { ...answer, state: answer.state ?? 'done' });
      else this.conclude(slot, this.heardOf[requestId] ?? answer);
      return answer;
    } catch (error) {
      const ask = this.find(slot);
      if (ask) this.settle({ ...ask, state: 'failed', error });
      return null;
    }
  }

  /** What the live channel says of requests now. */
  heard(requests: Readonly<Record<string, ServiceRequest>>): void {
    this.heardOf = requests;
    for (const ask of this.asks) {
      const request = ask.requestId === null ? undefined : requests[ask.requestId];
      if (request && ask.state === 'accepted') this.conclude(ask.slot, request);
    }
  }

  /** Accepted ones of which the live channel says nothing: they may have been settled while it was lost. */
  unheard(): Ask[] {
    return this.asks.filter(
      (ask) => ask.state === 'accepted' && ask.requestId !== null && !(ask.requestId in this.heardOf),
    );
  }

  /** A request that was asked for by its id. */
  told(request: ServiceRequest): void {
    const ask = this.asks.find((each) => each.requestId === request.request_id);
    if (ask?.state === 'accepted') this.conclude(ask.slot, request);
  }

  /** Its outcome was read. */
  forget(slot: string): void {
    if (!isPending(this.find(slot))) this.change(this.asks.filter((each) => each.slot !== slot));
  }

  private async sendTwice(send: Send, key: string): Promise<Answer> {
    try {
      return await send(key);
    } catch (error) {
      if (!(error instanceof Refused) || error.errorId !== 'unreachable') throw error;
      await this.outside.wait(AGAIN_AFTER_MS);
      return send(key);
    }
  }

  private conclude(slot: string, request: Answer): void {
    const ask = this.find(slot);
    if (!ask || request.state === undefined || request.state === 'accepted') return;
    this.settle({
      ...ask,
      state: request.state === 'done' ? 'done' : 'failed',
      reason: request.state === 'timed_out' ? 'timed_out' : (request.reason ?? null),
      detail: request.detail ?? null,
      slotOfParked: request.slot ?? null,
    });
  }

  private settle(ask: Ask): void {
    const settled = { ...ask, settledAtMs: this.outside.nowMs() };
    this.put(settled);
    this.settled(settled);
  }

  private find(slot: string): Ask | undefined {
    return this.asks.find((each) => each.slot === slot);
  }

  private put(ask: Ask): void {
    this.change([...this.asks.filter((each) => each.slot !== ask.slot).slice(-KEPT), ask]);
  }

  private change(next: readonly Ask[]): void {
    this.asks = next;
    for (const watcher of this.watchers) watcher();
  }
}
