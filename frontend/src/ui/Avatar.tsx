import styles from './ui.module.css';

export function initialsOf(name: string): string {
  const words = name
    .replace(/[«»"'()]/g, '')
    .split(/\s+/)
    .filter((word) => /^\p{L}/u.test(word));
  const [first, second] = words;
  return [first, second]
    .map((word) => (word ? [...word][0] : ''))
    .join('')
    .toUpperCase();
}

/** Initials; a person is round and an organisation square, so the shape tells them apart without colour. */
export function Avatar({
  name,
  square = false,
  size = 40,
}: {
  name: string;
  square?: boolean;
  size?: number;
}) {
  return (
    <span
      className={styles.avatar}
      data-square={square || undefined}
      style={{ width: size, height: size, fontSize: Math.round(size * 0.36) }}
      aria-hidden="true"
    >
      {initialsOf(name) || '·'}
    </span>
  );
}
