/** Keeps the numbers of a page that changes: what appears is looked at in idle time, what goes is forgotten. */
import { find, INLINE, isRead, type Found } from './finder';

const HIGHLIGHT = 'ringcard-number';
const WAIT_MS = 250;
const SLICE_MS = 8;
/** A page with more is a list of numbers that nobody clicks one by one. */
const MOST = 5_000;

interface Highlights {
  set(name: string, highlight: unknown): void;
  delete(name: string): void;
}

export class Watch {
  private found = new Set<Found>();
  private waiting = new Set<Node>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private walking: Generator<Found | null> | null = null;
  private readonly observer: MutationObserver;

  constructor(
    private readonly country: string,
    private readonly changed: () => void = () => undefined,
  ) {
    this.observer = new MutationObserver((mutations) => {
      for (const { type, target, addedNodes } of mutations) {
        // A word that changed may belong to a number that stands in its neighbours too.
        if (type === 'characterData') this.waiting.add(lineOf(target));
        else for (const node of addedNodes) this.waiting.add(isBlock(node) ? node : lineOf(target));
      }
      this.soon();
    });
  }

  start(): void {
    this.observer.observe(document.documentElement, { childList: true, subtree: true, characterData: true });
    if (document.body as HTMLElement | null) this.waiting.add(document.body);
    this.look();
  }

  stop(): void {
    this.observer.disconnect();
    clearTimeout(this.timer);
    this.walking = null;
    this.waiting.clear();
    this.found.clear();
    this.paint();
  }

  /** In the order of the page, each number once. */
  numbers(): string[] {
    const all = [...this.found].sort((a, b) => a.range.compareBoundaryPoints(Range.START_TO_START, b.range));
    return [...new Set(all.map(({ number }) => number))];
  }

  /** The number under this place of the window; null if there is none. */
  at(x: number, y: number): Found | null {
    const caret = caretAt(x, y);
    // The pointer is over something else nearly always.
    if (!(caret?.node instanceof Text) || !/[\d+()]/.test(caret.node.data)) return null;
    for (const each of this.found) {
      if (!each.range.isPointInRange(caret.node, caret.offset)) continue;
      // A caret is found far off the end of a line too.
      for (const { left, right, top, bottom } of each.range.getClientRects())
        if (x >= left - 2 && x <= right + 2 && y >= top - 2 && y <= bottom + 2) return each;
    }
    return null;
  }

  private soon(): void {
    if (this.timer === undefined && this.walking === null)
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.look();
      }, WAIT_MS);
  }

  private look(): void {
    const roots = [...this.waiting].filter((node) => node.isConnected && isRead(node));
    this.waiting.clear();
    const within = (node: Node): boolean => roots.some((root) => root.contains(node));
    for (const each of this.found)
      if (!each.range.startContainer.isConnected || each.range.collapsed || within(each.range.startContainer))
        this.found.delete(each);
    const country = this.country;
    this.walking = (function* () {
      for (const root of roots)
        if (!roots.some((other) => other !== root && other.contains(root))) yield* find(root, country);
    })();
    this.step();
  }

  private step = (): void => {
    const until = performance.now() + SLICE_MS;
    while (this.walking && performance.now() < until) {
      const next = this.walking.next();
      if (next.done || this.found.size >= MOST) this.walking = null;
      else if (next.value) this.found.add(next.value);
    }
    if (this.walking) {
      setTimeout(this.step, 0);
      return;
    }
    this.paint();
    if (this.waiting.size > 0) this.soon();
  };

  private paint(): void {
    // Older browsers have no highlights: numbers are clickable there, and not underlined.
    const registry = (CSS as unknown as { highlights?: Highlights }).highlights;
    if (registry) {
      if (this.found.size === 0) registry.delete(HIGHLIGHT);
      else registry.set(HIGHLIGHT, new Highlight(...[...this.found].map(({ range }) => range)));
    }
    this.changed();
  }
}

function isBlock(node: Node): boolean {
  return node instanceof Element && !INLINE.has(node.tagName.toUpperCase());
}

/** The block that a node's line is in. */
function lineOf(node: Node): Node {
  let at: Node = node instanceof Element ? node : (node.parentElement ?? node);
  while (at instanceof Element && at.parentElement && !isBlock(at)) at = at.parentElement;
  return at;
}

function caretAt(x: number, y: number): { node: Node; offset: number } | null {
  const asked = document as unknown as {
    caretPositionFromPoint?: (x: number, y: number) => { offsetNode: Node; offset: number } | null;
    caretRangeFromPoint?: (x: number, y: number) => Range | null;
  };
  if (asked.caretPositionFromPoint) {
    const caret = asked.caretPositionFromPoint(x, y);
    return caret && { node: caret.offsetNode, offset: caret.offset };
  }
  // Chromium before 128.
  const range = asked.caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}
