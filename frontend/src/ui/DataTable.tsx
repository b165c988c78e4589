/** A plain, dense table: sticky head, rows of one height, the next page when the end comes near. */
import { Button } from '@mantine/core';
import type { ReactTable, RowData, TableFeatures } from '@tanstack/react-table';
import { useEffect, useRef } from 'react';

import { useWords } from '../i18n';
import styles from './table.module.css';

interface Props<Features extends TableFeatures, Data extends RowData> {
  table: ReactTable<Features, Data>;
  label: string;
  /** The columns that stay on a narrow screen. */
  narrow: string[];
  /** The one of them that takes the room that is left, and is cut short if there is little. */
  fills: string;
  next: (() => void) | null;
  loading: boolean;
  chosen?: (row: Data) => boolean;
  state?: (row: Data) => string | undefined;
}

export function DataTable<Features extends TableFeatures, Data extends RowData>({
  table,
  label,
  narrow,
  fills,
  next,
  loading,
  chosen,
  state,
}: Props<Features, Data>) {
  const { t } = useWords();
  const end = useRef<HTMLDivElement>(null);
  const ask = useRef(next);
  useEffect(() => {
    ask.current = loading ? null : next;
  });
  useEffect(() => {
    const mark = end.current;
    if (!mark) return;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) ask.current?.();
      },
      { rootMargin: '400px' },
    );
    watcher.observe(mark);
    return () => watcher.disconnect();
  }, []);
  const hides = (id: string): true | undefined => (narrow.includes(id) ? undefined : true);
  const fillsRoom = (id: string): true | undefined => id === fills || undefined;
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label={label}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th
                  key={header.id}
                  scope="col"
                  data-wide={hides(header.column.id)}
                  data-fills={fillsRoom(header.column.id)}
                >
                  {header.isPlaceholder ? null : <table.FlexRender header={header} />}
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              data-chosen={chosen?.(row.original) || undefined}
              data-state={state?.(row.original)}
            >
              {row.getAllCells().map((cell) => (
                <td key={cell.id} data-wide={hides(cell.column.id)} data-fills={fillsRoom(cell.column.id)}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div ref={end} className={styles.end}>
        {next && (
          <Button variant="default" size="compact-sm" loading={loading} onClick={next}>
            {t('common.more')}
          </Button>
        )}
      </div>
    </div>
  );
}
