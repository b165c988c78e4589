/** A setting that is a list of lines, each with fields of its own; a line that is removed can be had back. */
import { ActionIcon, Button } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { CSSProperties, ReactNode } from 'react';

import { useWords } from '../../i18n';
import { toast } from '../toasts';
import styles from './lines.module.css';

interface Props<Line> {
  label: string;
  /** A heading above says it already. */
  titled?: boolean;
  lines: Line[];
  change: (lines: Line[]) => void;
  disabled: boolean;
  fresh: Line;
  /** What it means that there is none. */
  none: string;
  add: string;
  /** What a line is called, for whoever removes it without seeing it. */
  nameOf: (line: Line) => string;
  /** The narrowest that a field of a line may be. */
  least?: string;
  /** `first`: what explains a field stands at the first line only. */
  children: (line: Line, put: (change: Partial<Line>) => void, first: boolean) => ReactNode;
}

export function Lines<Line extends object>({
  label,
  titled = false,
  lines,
  change,
  disabled,
  fresh,
  none,
  add,
  nameOf,
  least = '168px',
  children,
}: Props<Line>) {
  const { t } = useWords();
  return (
    <fieldset className={styles.lines} disabled={disabled}>
      <legend className={titled ? 'for-readers' : undefined}>{label}</legend>
      {lines.length === 0 && <p className={styles.none}>{none}</p>}
      <ol>
        {lines.map((line, place) => (
          <li key={place}>
            <div className={styles.line} style={{ '--least': least } as CSSProperties}>
              {children(
                line,
                (put) => change(lines.map((each, index) => (index === place ? { ...each, ...put } : each))),
                place === 0,
              )}
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={nameOf(line) ? t('draft.remove', { name: nameOf(line) }) : t('draft.remove_line')}
              onClick={() => {
                change(lines.filter((_, index) => index !== place));
                toast(t('draft.removed'), () => change(lines));
              }}
            >
              <IconX size={16} aria-hidden="true" />
            </ActionIcon>
          </li>
        ))}
      </ol>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlus size={14} aria-hidden="true" />}
        onClick={() => change([...lines, fresh])}
      >
        {add}
      </Button>
    </fieldset>
  );
}
