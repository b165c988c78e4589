/**
 * Everybody's phones and their states, by department, thousands if need be: only the rows in sight are drawn, and each
 * asks for its own state, so that a change repaints one row.
 */
import { Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useMemo, useRef, useState, type CSSProperties } from 'react';

import type { DeviceState, Presence } from '../../api/types';
import { useDensity } from '../../app/preferences';
import { formatCount } from '../../format/time';
import { useWords } from '../../i18n';
import type { LiveState } from '../../live/state';
import { useLive } from '../../live/store';
import { Moment } from '../../ui/Moment';
import { Empty } from '../../ui/Words';
import { DialNumber } from '../dial/DialNumber';
import { Queues } from '../presence/Queues';
import { DeviceMark } from './DeviceMark';
import { forwardedTo } from './forwarded';
import { lineKey, linesOf, type Line } from './lines';
import { rosterOf, type Seat } from './roster';
import { RowActions } from './RowActions';
import styles from './people.module.css';
import { presenceWords, stateWords } from './words';

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

/** How many devices are in each state, as one text: the same text is the same counts. */
function countsOf({ devices }: LiveState): string {
  const counts: Partial<Record<DeviceState, number>> = {};
  for (const device of Object.values(devices)) counts[device.state] = (counts[device.state] ?? 0) + 1;
  return STATES.map((state) => counts[state] ?? 0).join();
}

const PRESENCES: Presence['state'][] = ['ready', 'busy', 'after_call', 'not_ready', 'offline'];

/** How many people are in each state of their own, as one text. */
function peopleOf({ presence }: LiveState): string {
  const counts: Partial<Record<Presence['state'], number>> = {};
  for (const each of Object.values(presence)) counts[each.state] = (counts[each.state] ?? 0) + 1;
  return PRESENCES.map((state) => counts[state] ?? 0).join();
}

function PresenceFilter({
  only,
  choose,
}: {
  only: Presence['state'] | null;
  choose: (next: Presence['state'] | null) => void;
}) {
  const { t, language } = useWords();
  const counts = useLive(peopleOf).split(',').map(Number);
  if (only === null && counts.every((count) => count === 0)) return null;
  return (
    <Select
      aria-label={t('people.filter_people')}
      placeholder={t('people.filter_people')}
      clearable
      clearButtonProps={{ 'aria-label': t('people.filter_people_off') }}
      value={only}
      onChange={(next) => choose(next)}
      data={PRESENCES.flatMap((state, place) =>
        counts[place] || state === only
          ? [
              {
                value: state,
                label: `${t(`presence.state.${state}`)} · ${formatCount(language, counts[place] ?? 0)}`,
              },
            ]
          : [],
      )}
    />
  );
}

/** Redrawn as the counts change; the table beside it is not. */
function StateFilter({
  only,
  choose,
}: {
  only: DeviceState | null;
  choose: (next: DeviceState | null) => void;
}) {
  const { t, language } = useWords();
  const counts = useLive(countsOf).split(',').map(Number);
  return (
    <Select
      aria-label={t('people.filter')}
      placeholder={t('people.filter')}
      clearable
      clearButtonProps={{ 'aria-label': t('people.filter_off') }}
      value={only}
      onChange={(next) => choose(next)}
      data={STATES.flatMap((state, place) =>
        counts[place] || state === only
          ? [
              {
                value: state,
                label: `${t(`people.state.${state}`)} · ${formatCount(language, counts[place] ?? 0)}`,
              },
            ]
          : [],
      )}
    />
  );
}

export function TeamPage() {
  const { t } = useWords();
  const density = useDensity();
  const roster = useLive(rosterOf);
  const [text, setText] = useState('');
  const [only, setOnly] = useState<DeviceState | null>(null);
  const [onlyWho, setOnlyWho] = useState<Presence['state'] | null>(null);
  const board = useRef<HTMLDivElement>(null);
  // Only who asks for one state needs to know all of them.
  const devices = useLive((state) => (only ? state.devices : null));
  const presence = useLive((state) => (onlyWho ? state.presence : null));
  const severalPbxs = useLive((state) => Object.keys(state.links).length > 1);
  const lines = useMemo(
    () => linesOf(roster, text, only, devices, onlyWho, presence),
    [roster, text, only, devices, onlyWho, presence],
  );
  const row = density === 'compact' ? 32 : 36;
  // eslint-disable-next-line react-hooks/incompatible-library -- there is no React Compiler in this build
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => board.current,
    estimateSize: () => row,
    getItemKey: (index) => (lines[index] ? lineKey(lines[index]) : index),
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
        <PresenceFilter only={onlyWho} choose={setOnlyWho} />
        <StateFilter only={only} choose={setOnly} />
      </div>
      <Queues />
      {roster.length > 0 && lines.length === 0 && <p className={styles.lead}>{t('people.nobody_so')}</p>}
      {roster.length === 0 ? (
        <Empty title={t('people.empty')}>
          <p>{t('people.empty_help')}</p>
        </Empty>
      ) : (
        <div
          ref={board}
          className={styles.board}
          data-one-pbx={!severalPbxs || undefined}
          role="table"
          aria-label={t('people.team')}
          aria-rowcount={lines.length + 1}
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
              <span role="columnheader">
                <span className="for-readers">{t('people.column.acts')}</span>
              </span>
              <span role="columnheader">{t('people.column.since')}</span>
              <span role="columnheader">{t('people.column.source')}</span>
            </div>
          </div>
          <div role="rowgroup" style={{ position: 'relative', height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map((item) => {
              const line = lines[item.index];
              if (!line) return null;
              const style = { transform: `translateY(${item.start}px)` };
              return line.kind === 'team' ? (
                <TeamLine key={item.key} line={line} index={item.index} style={style} />
              ) : (
                <Row key={item.key} seat={line.seat} device={line.device} index={item.index} style={style} />
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}

function TeamLine({
  line,
  index,
  style,
}: {
  line: Line & { kind: 'team' };
  index: number;
  style: CSSProperties;
}) {
  const { t } = useWords();
  return (
    <div
      role="row"
      className={`${styles.boardRow} ${styles.boardTeam}`}
      style={style}
      aria-rowindex={index + 2}
    >
      <span role="rowheader">
        {line.team ?? t('people.no_team')} · {t('people.phones', { count: line.count })}
      </span>
    </div>
  );
}

interface RowProps {
  seat: Seat;
  /** Its key in the live state. */
  device: string;
  index: number;
  style: CSSProperties;
}

const Row = memo(
  function Row({ seat, device: key, index, style }: RowProps) {
    const { t } = useWords();
    const device = useLive((state) => state.devices[key]);
    const presence = useLive((state) => (seat.employeeId ? state.presence[seat.employeeId] : undefined));
    const to = useLive((state) => forwardedTo(state.devices, state.devices[key]));
    if (!device) return null;
    const words = [stateWords(t, device.state, to), presenceWords(t, presence)].filter(Boolean).join(' · ');
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
        <span role="cell">
          <DialNumber number={device.device} />
        </span>
        <span role="cell" title={`${words} · ${device.source}`}>
          {words}
        </span>
        <span role="cell">
          <RowActions
            device={device.device}
            pbx={device.pbx}
            state={device.state}
            name={device.employee?.name ?? t('people.phone', { device: device.device })}
          />
        </span>
        <span role="cell">{device.since && <Moment at={device.since} clock />}</span>
        <span role="cell" title={device.source}>
          {device.pbx}
        </span>
      </div>
    );
  },
  (before, after) =>
    before.seat === after.seat &&
    before.device === after.device &&
    before.index === after.index &&
    before.style.transform === after.style.transform,
);
