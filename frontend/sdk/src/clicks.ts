/** Clicks on numbers of the application's own pages: `[data-ringcard-dial]`, `tel:` and `callto:` links. */

const MARKED = '[data-ringcard-dial], a[href^="tel:" i], a[href^="callto:" i]';

/** What is to be dialled at this element; null if it is nothing of ours. */
export function numberAt(element: Element): string | null {
  const given = element.getAttribute('data-ringcard-dial');
  if (given !== null) return given.trim() || element.textContent.trim() || null;
  return numberOfLink(element.getAttribute('href') ?? '');
}

/** The number of a `tel:` or `callto:` address, without its parameters. Source: RFC 3966 §3. */
export function numberOfLink(href: string): string | null {
  const found = /^(?:tel|callto):(?:\/\/)?([^;?]+)/i.exec(href.trim());
  if (!found?.[1]) return null;
  try {
    return decodeURIComponent(found[1]).trim() || null;
  } catch {
    return null;
  }
}

export function markedAt(event: Event): { element: Element; number: string } | null {
  const target = event.target instanceof Element ? event.target.closest(MARKED) : null;
  const number = target && numberAt(target);
  return target && number ? { element: target, number } : null;
}

/** Listens below `root`. A script's own click dials nothing: an employee has to. Gives back how to stop. */
export function listen(
  root: Document | Element,
  clicked: (found: { element: Element; number: string }) => void,
): () => void {
  const heard = (event: Event): void => {
    if (!event.isTrusted || event.defaultPrevented) return;
    const { button, ctrlKey, metaKey, shiftKey, altKey } = event as MouseEvent;
    if (button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return;
    const found = markedAt(event);
    if (!found) return;
    event.preventDefault();
    clicked(found);
  };
  root.addEventListener('click', heard);
  return () => root.removeEventListener('click', heard);
}
