import { describe, expect, it } from 'vitest';

import type { Handover, Pop } from '../../src/api/types';
import { aContact, aPop } from '../../src/live/samples';
import { callOf, eventsBetween } from './calls';

const desk = (...pops: Pop[]): Record<string, Pop> =>
  Object.fromEntries(pops.map((pop) => [pop.pop_id, pop]));
const names = (before: Pop[], ...after: Pop[]): string[] =>
  eventsBetween(desk(...before), desk(...after)).map(({ event }) => event);

const ringing = aPop({ state: 'ringing', revision: 1, answered_at: null, transferred_by: null });
const talking = aPop({
  state: 'active',
  revision: 2,
  answered_at: '2026-11-20T09:00:05.000Z',
  transferred_by: null,
});

describe('what an application is told of a call', () => {
  it('rings, is answered and ends, once each', () => {
    expect(names([], ringing)).toEqual(['ring', 'change']);
    expect(names([ringing], talking)).toEqual(['answer', 'change']);
    expect(names([talking], { ...talking, state: 'held', revision: 3 })).toEqual(['change']);
    expect(names([talking], { ...talking, state: 'ended', revision: 4 })).toEqual(['end', 'change']);
    expect(names([{ ...talking, state: 'ended' }])).toEqual([]);
  });

  it('is told nothing twice, and nothing of an older revision', () => {
    expect(names([ringing], ringing)).toEqual([]);
    expect(names([talking], { ...ringing })).toEqual([]);
  });

  it('tells a call we make apart from one that is answered', () => {
    const dialling = aPop({ state: 'active', direction: 'outbound', revision: 1, answered_at: null });
    expect(names([], dialling)).toContain('dial');
    expect(names([], dialling)).not.toContain('answer');
    const answered = { ...dialling, revision: 2, answered_at: '2026-11-20T09:00:05.000Z' };
    expect(names([dialling], answered)).toContain('answer');
  });

  it('rings again when it comes back', () => {
    const missed = { ...ringing, state: 'missed' as const, revision: 2 };
    expect(names([ringing], missed)).toEqual(['end', 'change']);
    expect(names([missed], { ...ringing, revision: 3 })).toEqual(['ring', 'change']);
  });

  it('ends when the server forgot it, in a word that is true', () => {
    const [last] = eventsBetween(desk(talking), {});
    expect(last).toMatchObject({ event: 'end', call: { state: 'ended', popId: talking.pop_id } });
  });

  it('does not end because somebody put it aside', () => {
    expect(eventsBetween(desk(ringing), {}, true)).toEqual([{ event: 'hide', call: callOf(ringing) }]);
    expect(eventsBetween(desk({ ...ringing, state: 'missed' }), {}, true)).toEqual([]);
    expect(names([], talking)).toContain('answer');
  });

  it('is handed over, with what the sender wrote', () => {
    const handed = { ...ringing, transferred_by: { device: '102', name: 'Boris' } };
    expect(names([], handed)).toEqual(['ring', 'handover', 'change']);
    expect(callOf(handed)).toMatchObject({ transferredBy: 'Boris', handoverNote: null });
    const packet: Handover = {
      handover_id: 'h1',
      call_id: handed.call_id,
      conversation_id: handed.conversation_id,
      kind: 'blind',
      from: { employee_id: 'e2', name: 'Boris', device: '102' },
      to: { employee_id: 'e1', name: 'Olga', device: '101', queue: null },
      note: 'Wants an invoice',
      reason: null,
      at: '2026-11-20T09:00:00.000Z',
      read_at: null,
      outcome: 'ringing',
      outcome_at: null,
      why: null,
    };
    const noted = { ...handed, handovers: [packet] };
    expect(callOf(noted).handoverNote).toBe('Wants an invoice');
    const taken: Pop = { ...noted, revision: 2, handovers: [{ ...packet, outcome: 'taken' }] };
    expect(names([noted], taken)).toEqual(['handover', 'change']);
  });

  it('has the other side as its party, whoever called', () => {
    const caller = { number: '+74959195557', presented: null, device: null, name: null };
    const called = { number: '+74957654321', presented: null, device: null, name: null };
    expect(callOf(aPop({ direction: 'inbound', caller, called })).party.number).toBe('+74959195557');
    expect(callOf(aPop({ direction: 'outbound', caller, called })).party.number).toBe('+74957654321');
  });

  it('brings the card without what only our own desk needs', () => {
    const { contact } = callOf(aPop({ contact: aContact({ name: 'Olga' }) }));
    expect(contact?.name).toBe('Olga');
    expect(Object.keys(contact ?? {}).sort()).toEqual(
      ['contactId', 'name', 'orders', 'organisation', 'phones', 'position', 'vip'].sort(),
    );
  });
});
