/** A call told in sentences: who was rung, who talked, what was held, handed over and asked aside, in order of time. */
import type { CallRecord, Consultation, DeviceStint, Transfer } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { formatDuration } from '../../format/time';
import type { Words } from '../../i18n';
import { partyWords } from './words';

export interface Step {
  at: string;
  text: string;
}

function between(from: string, to: string): string {
  return formatDuration((Date.parse(to) - Date.parse(from)) / 1000);
}

export function tellCall(t: Words, call: CallRecord): Step[] {
  const name = (device: string): string => {
    if (device === 'customer') return t('story.customer');
    const employee = call.employees[device];
    if (employee) return `${employee} (${device})`;
    return formatPhone(device);
  };
  const nameOrNobody = (device: string | null): string =>
    device === null ? t('story.nobody') : name(device);
  const steps: Step[] = [
    {
      at: call.started_at,
      text: t(`story.started.${call.direction}`, {
        from: call.caller.device ? name(call.caller.device) : partyWords(t, call.caller),
        to: call.called.device ? name(call.called.device) : partyWords(t, call.called),
      }),
    },
  ];
  for (const stint of call.devices) steps.push(...tellStint(t, stint, name));
  for (const hold of call.holds)
    steps.push({
      at: hold.from,
      text: hold.to
        ? t('story.held', { who: name(hold.by), length: between(hold.from, hold.to) })
        : t('story.holding', { who: name(hold.by) }),
    });
  for (const side of call.consultations) steps.push(tellConsultation(t, side, name, nameOrNobody));
  for (const transfer of call.transfers) steps.push(tellTransfer(t, transfer, nameOrNobody));
  for (const gap of call.gaps)
    steps.push({
      at: gap.from,
      text: gap.to ? t('story.gap', { length: between(gap.from, gap.to) }) : t('story.in_gap'),
    });
  if (call.ended_at) {
    const by = call.ended_by;
    steps.push({
      at: call.ended_at,
      text:
        by === null
          ? t('story.ended.unknown')
          : by === 'caller' || by === 'called' || by === 'system'
            ? t(`story.ended.${by}`)
            : t('story.ended.device', { who: name(by) }),
    });
  }
  return steps
    .map((step, index) => ({ step, index }))
    .sort((a, b) => a.step.at.localeCompare(b.step.at) || a.index - b.index)
    .map(({ step }) => step);
}

function tellStint(t: Words, stint: DeviceStint, name: (device: string) => string): Step[] {
  const who = name(stint.device);
  const steps: Step[] = [];
  const began = stint.ringing_at ?? stint.answered_at ?? stint.left_at;
  if (stint.answered_at) {
    if (stint.ringing_at)
      steps.push({
        at: stint.ringing_at,
        text: t('story.rang_answered', { who, length: between(stint.ringing_at, stint.answered_at) }),
      });
    steps.push({
      at: stint.answered_at,
      text: stint.left_at
        ? t('story.talked', { who, length: formatDuration(stint.talk_s) })
        : t('story.talking', { who }),
    });
    return steps;
  }
  if (began === null) return steps;
  if (stint.outcome === null) steps.push({ at: began, text: t('story.ringing', { who }) });
  else
    steps.push({
      at: began,
      text: t(`story.outcome.${stint.outcome}`, {
        who,
        length: stint.ringing_at && stint.left_at ? between(stint.ringing_at, stint.left_at) : '0:00',
      }),
    });
  return steps;
}

function tellConsultation(
  t: Words,
  side: Consultation,
  name: (device: string) => string,
  nameOrNobody: (device: string | null) => string,
): Step {
  const words = { who: name(side.by), to: nameOrNobody(side.to) };
  if (side.answered_at && side.ended_at)
    return {
      at: side.started_at,
      text: t('story.consulted', { ...words, length: between(side.answered_at, side.ended_at) }),
    };
  return {
    at: side.started_at,
    text: t(side.ended_at ? 'story.consulted_in_vain' : 'story.consulting', words),
  };
}

function tellTransfer(t: Words, transfer: Transfer, name: (device: string | null) => string): Step {
  const words = { who: name(transfer.by), to: name(transfer.to) };
  return {
    at: transfer.at,
    text: transfer.completed
      ? t(`story.transfer.${transfer.kind}`, words)
      : t('story.transfer_failed', { ...words, kind: t(`story.kind.${transfer.kind}`) }),
  };
}
