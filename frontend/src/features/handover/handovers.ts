/** Whose hand-over it is and what became of it. Pure. */
import type { Handover, Me, Pop } from '../../api/types';

type Side = { employee_id: string | null; device: string | null };
type Myself = Pick<Me, 'employee_id' | 'devices'>;

function isMe(me: Myself, side: Side): boolean {
  return side.employee_id !== null
    ? side.employee_id === me.employee_id
    : side.device !== null && me.devices.includes(side.device);
}

/** The pop's hand-overs with what was heard of each since, the oldest first. */
export function freshest(pop: Pop, heard: Record<string, Handover>): Handover[] {
  const known = (pop.handovers ?? []).map((each) => heard[each.handover_id] ?? each);
  const here = new Set(known.map((each) => each.handover_id));
  const others = Object.values(heard).filter(
    (each) => each.conversation_id === pop.conversation_id && !here.has(each.handover_id),
  );
  return [...known, ...others].sort((a, b) => a.at.localeCompare(b.at));
}

const STANDS: ReadonlySet<Handover['outcome']> = new Set<Handover['outcome']>([
  'pending',
  'ringing',
  'taken',
]);

/** What was handed to this employee and is so still: the packet to be read before picking up. */
export function received(handovers: readonly Handover[], me: Myself): Handover | null {
  const last = handovers.findLast((each) => STANDS.has(each.outcome));
  if (!last || isMe(me, last.from)) return null;
  const toAll = last.to.queue !== null && last.to.employee_id === null && last.to.device === null;
  return toAll || isMe(me, last.to) ? last : null;
}

/** What this employee handed over last, unless somebody handed it on since. */
export function sent(handovers: readonly Handover[], me: Myself): Handover | null {
  const last = handovers.at(-1);
  return last && isMe(me, last.from) ? last : null;
}

/** Who had the call, in order; `null` stands for this employee. */
export function chain(handovers: readonly Handover[], me: Myself): (string | null)[] {
  const had: (string | null)[] = [];
  const add = (side: Side & { name: string }): void => {
    const name = isMe(me, side) ? null : side.name;
    if (had.length === 0 || had.at(-1) !== name) had.push(name);
  };
  for (const each of handovers.filter((one) => STANDS.has(one.outcome))) {
    add(each.from);
    add(each.to);
  }
  return had;
}
