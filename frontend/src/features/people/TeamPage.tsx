/** Everybody's phones and their states, thousands if need be: only the rows in sight are drawn. */
import { Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useMemo, useRef, useState, type CSSProperties } from 'react';

import type { Device, DeviceState } from '../../api/types';
import { useDensity } from '../../app/preferences';
import { formatCount } from '../../format/time';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { Moment } from '../../ui/Moment';
import { Empty } from '../../ui/Words';
import { DeviceMark } from './DeviceMark';
import { inOrder, matches } from './people';
import styles from './people.module.css';

const STATES: DeviceState[] = [
  'idle',
  'ringing',
  'busy',
  'held',
  'do_not_disturb',
  'forwarded',
  'unreachable',
  'unknown',
];

export function TeamPage() {
  const { t, language } = useWords();
  const density = useDensity();
  const devices = useLive((state) => state.devices);
  const [text, setText] = useState('');
  const [only, setOnly] = useState<DeviceState | null>(null);
  const board = useRef<HTMLDivElement>(null);
  const all = useMemo(() => inOrder(Object.values(devices)), [devices]);
  const shown = useMemo(
    () => all.filter((device) => matches(device, text) && (!only || device.state === only)),
    [all, text, only],
  );
  const counts = useMemo(() => {
    const each = new Map<DeviceState, number>();
    for (const device of all) each.set(device.state, (each.get(device.state) ?? 0) + 1);
    return each;
  }, [all]);
  const row = density === 'compact' ? 32 : 36;
  // eslint-disable-next-line react-hooks/incompatible-library -- there is no React Compiler in this build
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => board.current,
    estimateSize: () => row,
    overscan: 12,
  });
  return (
    <div className={styles.team}>
      <div className={styles.bar}>
        <h1>{t('people.team')}</h1>
        <TextInput
          type="search"
          aria-label={t('people.search')}
          placeholder={t('people.search')}
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          aria-label={t('people.filter')}
          placeholder={t('people.filter')}
          clearable
          clearButtonProps={{ 'aria-label': t('people.filter_off') }}
          value={only}
          onChange={(next) => setOnly(next)}
          data={STATES.filter((state) => counts.has(state)).map((state) => ({
            value: state,
            label: `${t(`people.state.${state}`)} · ${formatCount(language, counts.get(state) ?? 0)}`,
          }))}
        />
      </div>
      {all.length === 0 ? (
        <Empty title={t('people.empty')}>
          <p>{t('people.empty_help')}</p>
        </Empty>
      ) : (
        <div
          ref={board}
          className={styles.board}
          role="table"
          aria-label={t('people.team')}
          aria-rowcount={shown.length + 1}
          tabIndex={0}
        >
          <div role="rowgroup">
            <div
              role="row"
              className={`${styles.boardRow} ${styles.boardHead}`}
              style={{ position: 'sticky' }}
              aria-rowindex={1}
            >
              <span role="columnheader">
                <span className="for-readers">{t('people.column.mark')}</span>
              </span>
              <span role="columnheader">{t('people.column.name')}</span>
              <span role="columnheader">{t('people.column.phone')}</span>
              <span role="columnheader">{t('people.column.state')}</span>
              <span role="columnheader">{t('people.column.since')}</span>
              <span role="columnheader">{t('people.column.pbx')}</span>
            </div>
          </div>
          <div role="rowgroup" style={{ position: 'relative', height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map((item) => {
              const device = shown[item.index];
              return (
                device && (
                  <Row
                    key={`${device.pbx}/${device.device}`}
                    device={device}
                    index={item.index}
                    style={{ transform: `translateY(${item.start}px)` }}
                  />
                )
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}

interface RowProps {
  device: Device;
  index: number;
  style: CSSProperties;
}

const Row = memo(
  function Row({ device, index, style }: RowProps) {
    const { t } = useWords();
    return (
      <div
        role="row"
        className={styles.boardRow}
        style={style}
        aria-rowindex={index + 2}
        data-state={device.state}
      >
        <span role="cell">
          <DeviceMark state={device.state} />
        </span>
        <span role="cell">{device.employee?.name ?? '—'}</span>
        <span role="cell" className="figures">
          {device.device}
        </span>
        <span role="cell" title={device.source}>
          {t(`people.state.${device.state}`)}
        </span>
        <span role="cell">{device.since && <Moment at={device.since} />}</span>
        <span role="cell">{device.pbx}</span>
      </div>
    );
  },
  (before, after) =>
    before.device === after.device &&
    before.index === after.index &&
    before.style.transform === after.style.transform,
);
