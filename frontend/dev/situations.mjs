// Over 400 lines: sample data, best read in one place.
// Invented people and calls for looking at the screens without a server: one function a situation, times from now.

const now = () => Date.now();
const ago = (seconds) => new Date(now() - seconds * 1000).toISOString();
const day = (days) => new Date(now() - days * 86_400_000).toISOString().slice(0, 10);
const nobody = { number: null, presented: null, device: null, name: null };
const from = (number, name = null) => ({ ...nobody, number, presented: number.replace('+7', '8'), name });
const at = (device, name = null) => ({ ...nobody, presented: device, device, name });

export const COLLEAGUES = [
  ['101', 'Ольга Смирнова'],
  ['102', 'Олег Иванов'],
  ['103', 'Марина Королёва'],
  ['104', 'Пётр Васильев'],
  ['105', 'Светлана Юрьева'],
  ['106', 'Андрей Кузнецов'],
  ['107', 'Елена Белова'],
  ['108', 'Тимур Галиев'],
  ['109', 'Nina Weber'],
  ['110', 'Роман Лебедев'],
  ['201', null],
];
const employees = Object.fromEntries(COLLEAGUES.filter(([, name]) => name));

export const ME = {
  employee_id: 'e101',
  login: 'employee',
  name: 'Ольга Смирнова',
  role: 'employee',
  role_name: 'Employee',
  permissions: ['calls.read', 'calls.make', 'contacts.read', 'contacts.write', 'people.read'],
  numbers_masked: false,
  devices: ['101'],
  assigned: ['101'],
  teams: [],
  leads: [],
  language: null,
  csrf_token: 'fake-token',
};

function contact(over) {
  return {
    contact_id: 'k1',
    version: 3,
    kind: 'person',
    name: '',
    organisation: null,
    organisation_id: null,
    position: null,
    phones: [],
    emails: [],
    addresses: [],
    manager: null,
    deputies: [],
    segment: null,
    tags: [],
    vip: false,
    city: null,
    comment: null,
    custom: {},
    orders: [],
    notes: [],
    created_at: ago(86_400 * 300),
    updated_at: ago(86_400 * 2),
    ...over,
  };
}

function anna() {
  return contact({
    contact_id: 'k-anna',
    name: 'Анна Петрова',
    organisation: 'ООО «Ромашка»',
    position: 'Заведующая складом',
    phones: [
      { number: '+74959195557', presented: '8 495 919-55-57', label: 'рабочий' },
      { number: '+79161234567', presented: '8 916 123-45-67', label: 'мобильный' },
    ],
    emails: [{ email: 'petrova@romashka.example', label: null }],
    manager: { employee_id: 'e101', name: 'Ольга Смирнова' },
    segment: 'Опт',
    tags: ['доставка', 'отсрочка 14 дней'],
    city: 'Москва',
    comment: 'Звонить после 10:00. Пропуск на склад заказывать за день.',
    orders: [
      {
        number: '1042',
        date: day(3),
        status: 'отгружен',
        total: '84300.00',
        currency: 'RUB',
        items: [
          { name: 'Стеллаж складской 2000×1000', quantity: '6', price: '12400.00' },
          { name: 'Полка усиленная', quantity: '11', price: '900.00' },
        ],
      },
      { number: '1017', date: day(31), status: 'закрыт', total: '12650.50', currency: 'RUB', items: [] },
      { number: '0984', date: day(75), status: 'закрыт', total: '230000.00', currency: 'RUB', items: [] },
      { number: '0911', date: day(140), status: 'отменён', total: '4100.00', currency: 'RUB', items: [] },
    ],
    notes: [
      {
        note_id: 'n2',
        text: 'Просит привезти до обеда, пропуск уже заказан на номер А123ВС.',
        author: 'Олег Иванов',
        at: ago(86_400 * 3 + 1800),
        call_id: 'old-2',
      },
      {
        note_id: 'n1',
        text: 'Новый юридический адрес, реквизиты отправлены в бухгалтерию.',
        author: 'Марина Королёва',
        at: ago(86_400 * 31),
        call_id: null,
      },
    ],
  });
}

function northwind() {
  return contact({
    contact_id: 'k-north',
    name: 'James Whitfield',
    organisation: 'Northwind Trading Ltd',
    position: 'Purchasing',
    phones: [{ number: '+442071838750', presented: '00442071838750', label: null }],
    manager: { employee_id: 'e109', name: 'Nina Weber' },
    segment: 'Export',
    tags: ['english'],
    vip: true,
    city: 'London',
    orders: [
      {
        number: 'X-77',
        date: day(9),
        status: 'awaiting payment',
        total: '18250.00',
        currency: 'GBP',
        items: [{ name: 'Pallet racking bay', quantity: '25', price: '730.00' }],
      },
    ],
    notes: [],
  });
}

function gorod() {
  return contact({
    contact_id: 'k-gorod',
    kind: 'organisation',
    name: 'Торговый дом «Город мастеров»',
    organisation: null,
    phones: [{ number: '+78123334455', presented: '8 812 333-44-55', label: 'приёмная' }],
    manager: { employee_id: 'e104', name: 'Пётр Васильев' },
    segment: 'Розница',
    city: 'Санкт-Петербург',
    orders: [
      { number: '1040', date: day(5), status: 'собирается', total: '15900.00', currency: 'RUB', items: [] },
    ],
  });
}

const summary = (call_id, secondsAgo, over = {}) => ({
  call_id,
  direction: 'inbound',
  started_at: ago(secondsAgo),
  disposition: 'answered',
  talk_s: 192,
  device: '102',
  employee: 'Олег Иванов',
  queue: 'Продажи',
  ...over,
});

const lastCalls = () => [
  summary('old-1', 2 * 3600, { disposition: 'abandoned', talk_s: 0, device: null, employee: null }),
  summary('old-2', 3 * 86_400),
  summary('old-3', 12 * 86_400, {
    direction: 'outbound',
    talk_s: 47,
    device: '101',
    employee: 'Ольга Смирнова',
    queue: null,
  }),
  summary('old-4', 40 * 86_400, { direction: 'outbound', disposition: 'busy', talk_s: 0, queue: null }),
];

const own = (over = {}) => ({
  source: 'own',
  status: 'found',
  ms: 0.8,
  matched: '+74959195557',
  as_of: ago(1),
  ...over,
});

const match = (contact, over = {}) => ({
  contact_id: contact.contact_id,
  name: contact.name,
  organisation: contact.organisation,
  position: contact.position ?? null,
  source: 'own',
  quality: 'exact',
  ...over,
});

/** What the server would say can be asked of a call in this state. `off` says why some cannot. */
export function controlsOf(state, off = {}) {
  const services = {
    ringing: ['AnswerCall', 'DeflectCall', 'ClearConnection'],
    active: [
      'HoldCall',
      'ConsultationCall',
      'SingleStepTransferCall',
      'ParkCall',
      'GenerateDigits',
      'ClearConnection',
    ],
    held: ['RetrieveCall', 'ConsultationCall', 'SingleStepTransferCall', 'ParkCall', 'ClearConnection'],
    consulting: ['TransferCall', 'AlternateCall', 'ConferenceCall', 'ReconnectCall', 'ClearConnection'],
  };
  return (services[state] ?? []).map((service) => ({ service, hindrance: off[service] ?? null }));
}

const person = (device) => ({
  employee_id: `e${device}`,
  name: employees[device] ?? null,
  device,
});

export function handover(over) {
  return {
    handover_id: 'ho-1',
    call_id: 'call-1',
    conversation_id: 'call-1',
    kind: 'blind',
    from: person('102'),
    to: { ...person('101'), queue: null },
    note: 'По заказу 1042 не хватило двух полок. Обещала проверить склад и сказать, когда довезём.',
    reason: null,
    at: ago(20),
    read_at: null,
    outcome: 'ringing',
    outcome_at: null,
    why: null,
    ...over,
  };
}

const keyedIn = () => ({
  version: 2,
  items: {
    account: { value: '40817-1042', by: 'pbx', at: ago(40) },
    language: { value: 'русский', by: 'pbx', at: ago(45) },
  },
});

const QUEUES = () => [
  {
    queue: 'sales',
    pbx: 'office',
    name: 'Продажи',
    ready: 2,
    members: 5,
    waiting: [
      { call_id: 'w1', number: '+79161112233', presented: null, name: null, since: ago(74), position: 1 },
      {
        call_id: 'w2',
        number: '+78123334455',
        presented: null,
        name: 'Торговый дом «Город мастеров»',
        since: ago(31),
        position: 2,
      },
      { call_id: 'w3', number: null, presented: null, name: null, since: ago(8), position: 3 },
    ],
  },
  { queue: 'service', pbx: 'office', name: 'Сервис', ready: 1, members: 2, waiting: [] },
];

const PRESENCE = () =>
  COLLEAGUES.filter(([, name]) => name).map(([device, name], index) => ({
    employee_id: `e${device}`,
    name,
    state: ['ready', 'busy', 'not_ready', 'ready', 'after_call', 'ready', 'offline'][index % 7],
    reason: index % 7 === 2 ? 'обед' : null,
    since: ago(60 + index * 200),
    until: index % 7 === 4 ? new Date(Date.now() + 23_000).toISOString() : null,
    source: 'employee',
    next: null,
    devices: [device],
    team: index % 2 ? 'Отдел продаж' : 'Сервис',
  }));

let revision = 0;
function pop(over) {
  revision += 1;
  return {
    pop_id: 'pop-1',
    call_id: 'call-1',
    conversation_id: 'call-1',
    device: '101',
    state: 'ringing',
    revision,
    direction: 'inbound',
    caller: from('+74959195557'),
    called: from('+74951234567'),
    queue: 'Продажи',
    started_at: ago(9),
    ringing_at: ago(7),
    answered_at: null,
    ended_at: null,
    transferred_by: null,
    consulted_by: null,
    answered_by: null,
    mark: 'known',
    number_place: 'Москва',
    contact: anna(),
    time_zone: 'Europe/Moscow',
    matches: [],
    choice: 'only',
    colleague: null,
    last_calls: lastCalls(),
    sources: [own()],
    openings: [],
    controls: controlsOf(over.state ?? 'ringing'),
    consultation: null,
    handovers: [],
    data: { version: 0, items: {} },
    note: null,
    ...over,
  };
}

const unknownPop = (over = {}) =>
  pop({
    pop_id: 'pop-u',
    call_id: 'call-u',
    conversation_id: 'call-u',
    mark: 'unknown',
    caller: from('+79031112233'),
    number_place: 'Россия',
    contact: null,
    last_calls: [],
    sources: [own({ status: 'nothing', matched: null, as_of: null })],
    ...over,
  });

export function call(over) {
  return {
    call_id: 'h-1',
    conversation_id: 'h-1',
    direction: 'inbound',
    pbx_ids: ['1763849000.1'],
    gaps: [],
    caller: from('+74959195557'),
    called: from('+74951234567'),
    queue: 'Продажи',
    started_at: ago(600),
    answered_at: ago(588),
    ended_at: ago(396),
    disposition: 'answered',
    ended_by: 'caller',
    devices: [
      {
        device: '101',
        ringing_at: ago(598),
        answered_at: ago(588),
        left_at: ago(396),
        outcome: 'answered',
        talk_s: 192,
        hold_s: 22,
      },
    ],
    holds: [],
    transfers: [],
    consultations: [],
    conference: false,
    recordings: [],
    talk_s: 192,
    hold_s: 0,
    ring_s: 10,
    wait_s: 2,
    complete: true,
    anomalies: [],
    contact: null,
    employees,
    ...over,
  };
}

const reference = (each) => ({
  contact_id: each.contact_id,
  name: each.name,
  organisation: each.organisation,
});

export function history() {
  const people = [anna(), northwind(), gorod(), null, null];
  const calls = [];
  for (let index = 0; index < 120; index += 1) {
    const person = people[index % people.length];
    const secondsAgo = 900 + index * 1700;
    const answered = index % 4 !== 1;
    const device = COLLEAGUES[index % 9][0];
    const number = person?.phones[0].number ?? `+7903${String(1_000_000 + index * 7919).slice(0, 7)}`;
    const outbound = index % 5 === 2;
    calls.push(
      call({
        call_id: `h-${index}`,
        conversation_id: `h-${index}`,
        direction: outbound ? 'outbound' : 'inbound',
        caller: outbound ? at(device) : from(number),
        called: outbound ? from(number) : from('+74951234567'),
        queue: outbound ? null : 'Продажи',
        started_at: ago(secondsAgo),
        answered_at: answered ? ago(secondsAgo - 12) : null,
        ended_at: ago(secondsAgo - 12 - 30 - index * 3),
        disposition: answered ? 'answered' : outbound ? 'busy' : 'abandoned',
        devices: [
          {
            device: index % 3 === 0 ? '101' : device,
            ringing_at: ago(secondsAgo - 3),
            answered_at: answered ? ago(secondsAgo - 12) : null,
            left_at: ago(secondsAgo - 42 - index * 3),
            outcome: answered ? 'answered' : 'cancelled',
            talk_s: answered ? 30 + index * 3 : 0,
            hold_s: 0,
          },
        ],
        talk_s: answered ? 30 + index * 3 : 0,
        contact: person ? reference(person) : null,
      }),
    );
  }
  // One with everything in it, for the details.
  calls[0] = {
    ...calls[0],
    devices: [
      {
        device: '102',
        ringing_at: ago(895),
        answered_at: null,
        left_at: ago(880),
        outcome: 'answered_elsewhere',
        talk_s: 0,
        hold_s: 0,
      },
      {
        device: '101',
        ringing_at: ago(895),
        answered_at: ago(880),
        left_at: ago(700),
        outcome: 'answered',
        talk_s: 180,
        hold_s: 41,
      },
      {
        device: '104',
        ringing_at: ago(740),
        answered_at: ago(730),
        left_at: ago(560),
        outcome: 'answered',
        talk_s: 140,
        hold_s: 0,
      },
    ],
    holds: [{ by: '101', from: ago(800), to: ago(759) }],
    consultations: [
      {
        by: '101',
        to: '104',
        started_at: ago(745),
        ringing_at: ago(740),
        answered_at: ago(730),
        ended_at: ago(700),
        outcome: 'answered',
      },
    ],
    transfers: [{ kind: 'attended', by: '101', to: '104', at: ago(700), completed: true }],
    ended_at: ago(560),
    talk_s: 320,
    hold_s: 41,
    wait_s: 5,
    ring_s: 15,
  };
  return calls;
}

export function devices(count = 0) {
  const states = ['busy', 'idle', 'ringing', 'idle', 'held', 'forwarded', 'do_not_disturb', 'unreachable'];
  const known = COLLEAGUES.map(([device, name], index) => ({
    device,
    pbx: 'office',
    state: device === '101' ? 'idle' : states[index % states.length],
    since: ago(60 + index * 431),
    source: 'DeviceState',
    employee: name ? { employee_id: `e${device}`, name } : null,
    forwarded_to: index % 8 === 5 ? (index < 8 ? '102' : '+7 *** ***-43-21') : null,
  }));
  const names = ['Александр', 'Мария', 'Дмитрий', 'Ирина', 'Сергей', 'Наталья', 'Алексей', 'Татьяна'];
  const families = ['Соколенко', 'Морозюк', 'Воронич', 'Зайченко', 'Павлюк', 'Семенко'];
  for (let index = 0; index < count; index += 1) {
    const device = String(2000 + index);
    known.push({
      device,
      pbx: index % 3 ? 'office' : 'branch',
      state: states[(index * 7) % states.length],
      since: ago(30 + index * 17),
      source: 'DeviceState',
      employee: {
        employee_id: `e${device}`,
        name: `${names[index % names.length]} ${families[index % families.length]}`,
      },
      forwarded_to: null,
    });
  }
  return known;
}

const ringingCall = (over) =>
  call({
    call_id: 'call-1',
    started_at: ago(9),
    answered_at: null,
    ended_at: null,
    disposition: null,
    ended_by: null,
    devices: [
      {
        device: '101',
        ringing_at: ago(7),
        answered_at: null,
        left_at: null,
        outcome: null,
        talk_s: 0,
        hold_s: 0,
      },
    ],
    talk_s: 0,
    ring_s: 7,
    ...over,
  });

const up = (over = {}) => ({
  pbx: 'office',
  state: 'up',
  since: ago(86_400),
  problem: null,
  cannot: {},
  ...over,
});
const base = () => ({
  queues: QUEUES(),
  presence: PRESENCE(),
  pops: [],
  calls: [],
  devices: devices(),
  links: [up()],
  history: history(),
  contacts: [anna(), northwind(), gorod()],
});

/** Name to what the server would say in it. `drop` cuts the live channel after so many ms. */
export const OUTCOMES = [
  { outcome: 'ordered', label: 'Заказ' },
  { outcome: 'question', label: 'Вопрос решён' },
  { outcome: 'complaint', label: 'Жалоба' },
  { outcome: 'later', label: 'Обещали перезвонить' },
  { outcome: 'wrong', label: 'Ошиблись номером' },
];

/** What would be dialled: some numbers have something against them. */
export function preview(text, device) {
  const bare = text.replace(/[^\d+]/g, '');
  const number = bare.length > 9 ? `+7${bare.slice(-10)}` : null;
  const colleague = COLLEAGUES.find(([phone]) => phone === bare);
  const card = [anna(), northwind(), gorod()].find((each) =>
    each.phones.some((phone) => phone.number === number || phone.number === bare),
  );
  const warnings = [];
  if (bare.startsWith('+44')) warnings.push({ code: 'night', local_time: '2026-11-28T03:12:00+00:00' });
  if (bare.endsWith('3334455')) warnings.push({ code: 'do_not_call' });
  const blocked = /^(\+7|8)?809/.test(bare);
  if (blocked) warnings.push({ code: 'premium' }, { code: 'blocked' });
  if (bare === '101') warnings.push({ code: 'self' });
  return {
    query: text,
    number: bare.startsWith('+44') ? bare : number,
    dialled: bare,
    kind:
      bare === '112'
        ? 'emergency'
        : colleague
          ? 'internal'
          : number || bare.startsWith('+')
            ? 'outside'
            : 'unknown',
    place: number ? 'Москва' : null,
    contact: card ? reference(card) : null,
    colleague: colleague ? { employee_id: `e${bare}`, name: colleague[1] ?? '', device: bare } : null,
    device: device ?? '101',
    devices: [
      { device: '101', state: 'idle' },
      { device: '191', state: 'unreachable' },
    ],
    caller_ids: ['+74951234567', '+78001234567'],
    candidates: [],
    warnings,
    allowed: !blocked && bare !== '101',
  };
}

export const SITUATIONS = {
  idle: () => base(),
  'known-ringing': () => ({
    ...base(),
    pops: [pop({})],
    calls: [ringingCall({ contact: reference(anna()) })],
  }),
  'unknown-ringing': () => ({
    ...base(),
    pops: [unknownPop()],
    calls: [ringingCall({ call_id: 'call-u', caller: from('+79031112233') })],
  }),
  'two-ringing-one-held': () => ({
    ...base(),
    pops: [
      pop({}),
      unknownPop({ ringing_at: ago(2), started_at: ago(3), queue: 'Сервис' }),
      pop({
        pop_id: 'pop-h',
        call_id: 'call-h',
        conversation_id: 'call-h',
        state: 'held',
        mark: 'vip',
        caller: from('+442071838750'),
        number_place: 'London',
        queue: null,
        contact: northwind(),
        started_at: ago(400),
        ringing_at: ago(398),
        answered_at: ago(390),
        last_calls: [],
      }),
    ],
  }),
  'hand-over': () => {
    const card = anna();
    return {
      ...base(),
      pops: [
        pop({
          contact: {
            ...card,
            notes: [
              {
                note_id: 'n3',
                text: 'По заказу 1042 не хватило двух полок. Обещала проверить склад и сказать, когда довезём.',
                author: 'Олег Иванов',
                at: ago(30),
                call_id: 'call-1',
              },
              ...card.notes,
            ],
          },
          transferred_by: { device: '102', name: 'Олег Иванов' },
          started_at: ago(240),
          ringing_at: ago(4),
          controls: undefined,
          handovers: undefined,
        }),
      ],
    };
  },
  // With a server that can handle calls.
  packet: () => ({
    ...base(),
    pops: [
      pop({
        transferred_by: { device: '102', name: 'Олег Иванов' },
        started_at: ago(240),
        ringing_at: ago(4),
        handovers: [
          handover({
            handover_id: 'ho-0',
            from: person('103'),
            to: { ...person('102'), queue: null },
            outcome: 'taken',
            at: ago(180),
          }),
          handover({ kind: 'attended', read_at: ago(2) }),
        ],
        data: keyedIn(),
      }),
    ],
  }),
  'phone-cannot': () => ({
    ...base(),
    pops: [
      pop({ controls: controlsOf('ringing', { AnswerCall: 'phone_cannot', DeflectCall: 'no_dialplan' }) }),
    ],
  }),
  'asking-first': () => ({
    ...base(),
    pops: [
      pop({
        state: 'held',
        answered_at: ago(160),
        ringing_at: ago(168),
        controls: controlsOf('consulting', { ConferenceCall: 'not_supported' }),
        consultation: {
          to: '102',
          name: 'Олег Иванов',
          device: '102',
          number: null,
          state: 'talking',
          since: ago(21),
        },
        handovers: [
          handover({
            kind: 'attended',
            from: person('101'),
            to: { ...person('102'), queue: null },
            read_at: ago(18),
          }),
        ],
        note: { text: 'Просит довезти две полки к заказу 1042.', version: 3 },
      }),
    ],
  }),
  'came-back': () => ({
    ...base(),
    pops: [
      pop({
        started_at: ago(260),
        ringing_at: ago(3),
        handovers: [
          handover({
            from: person('101'),
            to: { ...person('102'), queue: null },
            outcome: 'returned',
            why: 'no_answer',
            read_at: ago(25),
            outcome_at: ago(4),
          }),
        ],
        note: { text: 'Просит довезти две полки к заказу 1042.', version: 3 },
      }),
    ],
  }),
  'handed-over': () => ({
    ...base(),
    pops: [
      pop({
        state: 'ended',
        answered_at: ago(160),
        ringing_at: ago(168),
        ended_at: ago(6),
        handovers: [
          handover({
            from: person('101'),
            to: { ...person('102'), queue: null },
            outcome: 'taken',
            read_at: ago(10),
            outcome_at: ago(5),
          }),
        ],
        note: { text: 'Просит довезти две полки к заказу 1042.', version: 3 },
      }),
    ],
  }),
  'after-call': () => ({
    ...base(),
    afterCall: true,
    pops: [
      pop({
        state: 'ended',
        answered_at: ago(260),
        ringing_at: ago(268),
        ended_at: ago(7),
        note: { text: 'Просит довезти две полки к заказу 1042.', version: 3 },
      }),
    ],
  }),
  reminder: () => ({
    ...base(),
    reminders: [
      {
        reminder_id: 'rem-1',
        employee_id: 'e101',
        employee: ME.name,
        due_at: ago(30),
        text: 'Перезвонить: сказать, когда довезём две полки.',
        call_id: 'old-2',
        created_at: ago(3600),
        done_at: null,
        contact: reference(anna()),
        number: '+74959195557',
      },
    ],
    missed: [
      {
        missed_id: 'm-1',
        number: '+78123334455',
        presented: '+78123334455',
        name: null,
        contact: reference(gorod()),
        times: 2,
        first_at: ago(4000),
        last_at: ago(900),
        call_id: 'h-1',
        queue: 'Продажи',
        devices: ['101', '102'],
        employees,
        assignee: { employee_id: 'e102', name: 'Олег Иванов' },
        handled: null,
      },
      {
        missed_id: 'm-2',
        number: '+79031112233',
        presented: '+79031112233',
        name: null,
        contact: null,
        times: 1,
        first_at: ago(600),
        last_at: ago(600),
        call_id: 'h-2',
        queue: null,
        devices: ['101'],
        employees,
        assignee: null,
        handled: null,
      },
    ],
  }),
  'pbx-cannot': () => ({
    ...SITUATIONS.supervisor(),
    devices: devices().map((each) => (each.device === '102' ? { ...each, state: 'busy' } : each)),
    links: [
      up({ cannot: { DirectedPickupCall: 'permission_missing', SingleStepConferenceCall: 'not_supported' } }),
    ],
  }),
  supervisor: () => ({
    ...base(),
    me: {
      ...ME,
      role: 'supervisor',
      role_name: 'Supervisor',
      permissions: [...ME.permissions, 'calls.monitor'],
    },
    calls: [
      call({
        call_id: 'live-1',
        started_at: ago(140),
        answered_at: ago(130),
        ended_at: null,
        disposition: null,
        ended_by: null,
        contact: reference(anna()),
        devices: [
          {
            device: '102',
            ringing_at: ago(136),
            answered_at: ago(130),
            left_at: null,
            outcome: 'answered',
            talk_s: 130,
            hold_s: 0,
          },
        ],
      }),
      call({
        call_id: 'live-2',
        caller: from('+78123334455'),
        started_at: ago(12),
        answered_at: null,
        ended_at: null,
        disposition: null,
        ended_by: null,
        talk_s: 0,
        contact: reference(gorod()),
        devices: [
          {
            device: '104',
            ringing_at: ago(9),
            answered_at: null,
            left_at: null,
            outcome: null,
            talk_s: 0,
            hold_s: 0,
          },
        ],
      }),
    ],
  }),
  'slow-source': () => ({
    ...base(),
    pops: [
      pop({
        contact: null,
        mark: 'unknown',
        last_calls: [],
        sources: [
          own({ status: 'nothing', matched: null, as_of: null }),
          { source: '1C', status: 'pending', ms: null, matched: null, as_of: null },
        ],
      }),
    ],
  }),
  chooser: () => ({
    ...base(),
    pops: [
      pop({
        contact: null,
        choice: 'open',
        time_zone: 'Asia/Vladivostok',
        matches: [match(anna()), match(gorod()), match(anna(), { contact_id: 'x', name: 'Пётр Орлов' })],
        openings: [{ rule: 'CRM', url: 'https://crm.example.com/', when: 'button' }],
      }),
    ],
  }),
  tray: () => ({
    ...base(),
    pops: [
      pop({}),
      ...[1, 2, 3].map((each) =>
        unknownPop({ pop_id: `pop-u${each}`, call_id: `call-u${each}`, caller: from(`+7903111223${each}`) }),
      ),
    ],
  }),
  'source-failed': () => ({
    ...base(),
    pops: [
      pop({
        sources: [own(), { source: '1C', status: 'failed', ms: 800, matched: null, as_of: null }],
        matches: [match(anna()), match(gorod())],
      }),
    ],
  }),
  active: () => ({
    ...base(),
    pops: [
      pop({
        state: 'active',
        mark: 'vip',
        caller: from('+442071838750'),
        number_place: 'London',
        contact: northwind(),
        started_at: ago(200),
        ringing_at: ago(198),
        answered_at: ago(192),
      }),
    ],
  }),
  parked: () => ({
    ...base(),
    pops: [pop({ state: 'ended', answered_at: ago(260), ringing_at: ago(268), ended_at: ago(7) })],
    calls: [call({ call_id: 'call-1', ended_at: null, answered_at: ago(260), devices: [] })],
    services: [
      {
        request_id: 'r1',
        call_id: 'call-1',
        service: 'ParkCall',
        device: '101',
        to: null,
        state: 'done',
        reason: null,
        detail: null,
        at: ago(8),
        settled_at: ago(7),
        slot: '701',
      },
    ],
  }),
  colleague: () => ({
    ...base(),
    pops: [
      pop({
        direction: 'internal',
        mark: 'colleague',
        caller: at('104', 'Пётр Васильев'),
        called: at('101'),
        queue: null,
        number_place: null,
        contact: null,
        colleague: { employee_id: 'e104', name: 'Пётр Васильев', device: '104' },
        last_calls: [],
        sources: [],
      }),
    ],
  }),
  withheld: () => ({
    ...base(),
    pops: [
      pop({
        mark: 'withheld',
        caller: nobody,
        number_place: null,
        contact: null,
        last_calls: [],
        sources: [],
      }),
    ],
  }),
  over: () => ({
    ...base(),
    pops: [
      pop({
        state: 'answered_elsewhere',
        answered_by: { device: '102', name: 'Олег Иванов' },
        answered_at: ago(2),
      }),
      pop({
        pop_id: 'pop-m',
        call_id: 'call-m',
        state: 'missed',
        caller: from('+78123334455'),
        number_place: 'Санкт-Петербург',
        contact: gorod(),
        started_at: ago(340),
        ringing_at: ago(338),
        ended_at: ago(310),
        last_calls: [],
      }),
    ],
  }),
  'connection-lost': () => ({
    ...base(),
    pops: [pop({ state: 'active', answered_at: ago(65), ringing_at: ago(70) })],
    drop: 1200,
  }),
  'pbx-down': () => ({
    ...base(),
    links: [
      up({
        state: 'down',
        since: ago(600),
        problem: 'The PBX at 192.0.2.10:5038 does not accept connections.',
      }),
    ],
  }),
  crowd: () => ({ ...base(), devices: devices(2000), pops: [pop({})] }),
  'no-phone': () => ({
    ...base(),
    me: { ...ME, role: 'admin', role_name: 'Administrator', devices: [], assigned: [] },
    calls: [
      call({ call_id: 'live-1', ended_at: null, answered_at: null }),
      call({ call_id: 'live-2', ended_at: null, answered_at: ago(40) }),
    ],
  }),
  empty: () => ({ pops: [], calls: [], devices: [], links: [up()], history: [], contacts: [] }),
};

export const why = (pops) => ({
  call_id: pops[0]?.call_id ?? '',
  pops: pops.slice(0, 1).map((each) => ({
    pop_id: each.pop_id,
    device: each.device,
    employee: 'Ольга Смирнова',
    rang_at: each.ringing_at,
    sent_at: each.ringing_at,
    shown_at: each.ringing_at,
    ring_to_sent_ms: 2.4,
    ring_to_shown_ms: 38.1,
    matched_number: each.contact ? (each.caller.number ?? null) : null,
    sources: each.sources,
    shown: [
      { session: 's1', at: each.ringing_at, ring_to_shown_ms: 38.1 },
      { session: 's2', at: each.ringing_at, ring_to_shown_ms: 61.7 },
    ],
  })),
});
