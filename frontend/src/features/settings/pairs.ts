/** A table of the settings (`{sales = "600"}`) as lines that are typed, and back. Pure. */
export interface Pair<Of = string> {
  one: string;
  other: Of;
}

export function pairsOf<Of>(table: Record<string, Of>): Pair<Of>[] {
  return Object.entries(table).map(([one, other]) => ({ one, other }));
}

/** Lines in which nothing was typed are left out. */
export function tableOf<Of>(pairs: readonly Pair<Of>[]): Record<string, Of> {
  return Object.fromEntries(
    pairs.filter(({ one, other }) => one.trim() || other !== '').map(({ one, other }) => [one.trim(), other]),
  );
}

/** What is there more than once: a table would keep the last of them alone. */
export function twice(keys: readonly string[]): string | undefined {
  const seen = keys.map((key) => key.trim());
  return seen.find((key, place) => key !== '' && seen.indexOf(key) < place);
}
