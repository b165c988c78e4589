/**
 * Single keys that work anywhere but in a field. They go by the key's place (`KeyN`), not by its letter, because the
 * Russian layout has another letter there.
 */
import { useEffect, useRef } from 'react';

export type KeyName = 'Escape' | 'KeyN' | 'KeyO' | 'KeyW' | 'Slash' | 'CtrlK' | 'Help';

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

export function keyName(
  event: Pick<KeyboardEvent, 'code' | 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): KeyName | null {
  if ((event.ctrlKey || event.metaKey) && event.code === 'KeyK') return 'CtrlK';
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) return 'Help';
  if (event.key === '/' || event.code === 'Slash') return 'Slash';
  if (event.key === 'Escape') return 'Escape';
  if (event.shiftKey) return null;
  return event.code === 'KeyN' || event.code === 'KeyO' || event.code === 'KeyW' ? event.code : null;
}

/** A dialog on top has its own keys; Ctrl-K works from everywhere. */
function isBlocked(event: KeyboardEvent, name: KeyName): boolean {
  if (event.defaultPrevented) return true;
  if (document.querySelector('[role="dialog"]')) return true;
  return name !== 'CtrlK' && isTyping(event.target);
}

export function useKeys(handlers: Partial<Record<KeyName, () => void>>): void {
  const current = useRef(handlers);
  useEffect(() => {
    current.current = handlers;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const name = keyName(event);
      const handler = name && current.current[name];
      if (!name || !handler || isBlocked(event, name)) return;
      event.preventDefault();
      handler();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}
