import { beforeAll, describe, expect, it } from 'vitest';

import { wordsIn, type Words } from '../../i18n';
import { aCall } from '../../live/samples';
import { tellCall } from './story';

const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 9, 0, second)).toISOString();
let t: Words;
const told = (call: Parameters<typeof tellCall>[1]) =>
  tellCall(t, call).map((step) => step.text.replaceAll('\u00a0', ' '));

describe('a call in words', () => {
  beforeAll(async () => {
    t = await wordsIn('en');
  });

  it('tells ringing, talk, hold, asking aside and handing over in order of time', () => {
    const call = aCall({
      employees: { '101': 'Olga', '104': 'Peter' },
      devices: [
        {
          device: '101',
          ringing_at: at(2),
          answered_at: at(10),
          left_at: at(60),
          outcome: 'answered',
          talk_s: 50,
          hold_s: 5,
        },
        {
          device: '104',
          ringing_at: at(40),
          answered_at: at(45),
          left_at: at(90),
          outcome: 'answered',
          talk_s: 30,
          hold_s: 0,
        },
      ],
      holds: [{ by: '101', from: at(20), to: at(25) }],
      consultations: [
        {
          by: '101',
          to: '104',
          started_at: at(39),
          ringing_at: at(40),
          answered_at: at(45),
          ended_at: at(60),
          outcome: 'answered',
        },
      ],
      transfers: [{ kind: 'attended', by: '101', to: '104', at: at(60), completed: true }],
      ended_at: at(90),
      ended_by: 'caller',
      disposition: 'answered',
    });
    expect(told(call)).toEqual([
      '+7 495 919 55 57 dials +7 495 123 45 67',
      'Rings at Olga (101) for 0:08',
      'Olga (101) answers and talks for 0:50',
      'Olga (101) holds for 0:05',
      'Olga (101) asks Peter (104) aside for 0:15',
      'Rings at Peter (104) for 0:05',
      'Peter (104) answers and talks for 0:30',
      'Olga (101) announces the call and hands over to Peter (104)',
      'The caller hangs up',
    ]);
  });

  it('says what is not known rather than guessing', () => {
    const nobody = { number: null, presented: null, device: null, name: null };
    const call = aCall({
      caller: nobody,
      gaps: [{ from: at(5), to: at(35) }],
      ended_at: at(35),
      ended_by: null,
      transfers: [{ kind: 'blind', by: '101', to: null, at: at(3), completed: false }],
    });
    expect(told(call)).toEqual([
      'Number hidden dials +7 495 123 45 67',
      '101 tries to hand over to nobody (without asking); it does not succeed',
      'For 0:30 the phone system was out of reach: not known what happened',
      'The call is over; who hung up is not known',
    ]);
  });
});
