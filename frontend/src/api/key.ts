/** Says that one ask is another than the last. `crypto.randomUUID` is there only over https. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((each) => each.toString(16).padStart(2, '0')).join('');
}
