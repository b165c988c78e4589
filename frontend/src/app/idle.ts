/** Runs it after the first paint, when nothing else is to be done: a caller's card must not wait for it. */
export function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback === 'function') {
    const handle = requestIdleCallback(run, { timeout: 5000 });
    return () => cancelIdleCallback(handle);
  }
  const timer = setTimeout(run, 1500); // Safari
  return () => clearTimeout(timer);
}
