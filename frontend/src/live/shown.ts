/** Which pops were reported as painted: each once when it appeared, and once more when its card came with it. */
import type { Pop } from '../api/types';

export function hasCard(pop: Pick<Pop, 'contact' | 'colleague'>): boolean {
  return pop.contact !== null || pop.colleague !== null;
}

export class ShownLog {
  private readonly reported = new Map<string, { card: boolean }>();

  wants(pop: Pop): boolean {
    const before = this.reported.get(pop.pop_id);
    return before === undefined || (!before.card && hasCard(pop));
  }

  note(pop: Pop): void {
    this.reported.set(pop.pop_id, { card: hasCard(pop) });
  }
}

/** More than this between the clocks is a wrong clock, not the way of the snapshot through the network. */
const CLOCK_IS_WRONG_MS = 1000;

/**
 * The moment of the paint on the server's clock. A synchronised clock is taken as it is, because correcting it by a
 * snapshot's way through the network would make the figure better than it was.
 */
export function paintedAt(nowMs: number, clockOffsetMs: number): string {
  const correction = Math.abs(clockOffsetMs) > CLOCK_IS_WRONG_MS ? clockOffsetMs : 0;
  return new Date(nowMs + correction).toISOString();
}
