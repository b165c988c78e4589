import { IconUserOff, IconUserQuestion } from '@tabler/icons-react';

import styles from './ui.module.css';

export function initialsOf(name: string): string {
  const words = name
    .replace(/[«»"'()]/g, '')
    .split(/\s+/)
    .filter((word) => /^\p{L}/u.test(word));
  const [first, second] = words;
  return [first, second]
    .map((word) => (word ? String.fromCodePoint(word.codePointAt(0) ?? 0) : ''))
    .join('')
    .toUpperCase();
}

interface Props {
  /** Null: nobody knows; `withheld`: nobody may know. */
  name: string | null;
  withheld?: boolean;
  square?: boolean;
  size?: number;
}

/** Initials; a person is round and an organisation square, so the shape tells them apart without colour. */
export function Avatar({ name, withheld = false, square = false, size = 40 }: Props) {
  const Icon = withheld ? IconUserOff : IconUserQuestion;
  return (
    <span
      className={styles.avatar}
      data-square={square || undefined}
      style={{ width: size, height: size, fontSize: Math.round(size * 0.36) }}
      aria-hidden="true"
    >
      {(name && initialsOf(name)) || <Icon size={Math.round(size * 0.5)} stroke={1.75} />}
    </span>
  );
}
