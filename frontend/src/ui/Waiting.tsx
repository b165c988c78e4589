import { Skeleton } from '@mantine/core';

import styles from './ui.module.css';

/** Holds the place of rows that are on their way, each as high as the row that will be there. */
export function Waiting({ rows, height = 'var(--row)' }: { rows: number; height?: number | string }) {
  return (
    <div className={styles.waiting} aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} />
      ))}
    </div>
  );
}
