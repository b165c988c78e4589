/** What was typed into forms and is not saved, by the form's name; see draft.ts. In memory only: there may be secrets in it. */
export const typed = new Map<string, { base: unknown; value: object }>();

/** Whoever signs in next must not find what somebody else typed. */
export function forgetDrafts(): void {
  typed.clear();
}
