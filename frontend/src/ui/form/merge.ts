/** What to do when somebody saved a form while another was typing in it. Pure. */

type Draft = Record<string, unknown>;

export interface Merged<Value> {
  /** Theirs, with what only we have changed on top; where both changed the same field, ours. */
  value: Value;
  /** The fields that both have changed, and not to the same. */
  clashes: (keyof Value & string)[];
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Draft, b as Draft];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => same(left[key], right[key]));
}

export function changed<Value extends object>(before: Value, after: Value): (keyof Value & string)[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Value & string>;
  return [...keys].filter((key) => !same(before[key], after[key]));
}

/** `base`: what both began with. */
export function merge<Value extends object>(base: Value, mine: Value, theirs: Value): Merged<Value> {
  const ours = changed(base, mine);
  const value = { ...theirs };
  for (const key of ours) value[key] = mine[key];
  const clashes = ours.filter((key) => !same(base[key], theirs[key]) && !same(mine[key], theirs[key]));
  return { value, clashes };
}
