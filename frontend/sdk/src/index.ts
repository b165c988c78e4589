/**
 * ringcard in a web application: who calls, dialling by click, cards, notes. Built on REST and the live channel, with a
 * token; docs/reference/sdk.md describes it, docs/howto/embed-in-your-web-application.md shows it at work.
 */
import { newKey } from '../../src/api/key';
import type { Contact as Card, Me } from '../../src/api/types';
import { LiveChannel } from '../../src/live/channel';
import { NOTHING, popsInOrder, reduce, type LiveState } from '../../src/live/state';
import {
  callOf,
  contactOf,
  eventsBetween,
  previewOf,
  requestOf,
  type SaidPreview,
  type SaidRequest,
} from './calls';
import { listen } from './clicks';
import { Rest, RingcardError } from './rest';
import { outsideWith } from './socket';
import type {
  Call,
  Click,
  Connection,
  ConnectOptions,
  Contact,
  Dialled,
  DialOptions,
  DialTarget,
  Events,
  Log,
  Person,
  PopTarget,
  Preview,
} from './types';

export { RingcardError } from './rest';
export { numberOfLink } from './clicks';
export type * from './types';

type Listener<Name extends keyof Events> = (what: Events[Name]) => void;

/** A second click on the same number within this time is the first one again. */
const ONE_CLICK_MS = 1_500;

/** Signs in and waits until the desk is told. Throws `RingcardError`. */
export async function connect(options: ConnectOptions): Promise<Ringcard> {
  const rest = new Rest(options.server, options.token);
  const me = await rest.ask<Me>('GET', '/session');
  const ringcard = new Ringcard(rest, options, me);
  try {
    await ringcard.ready;
  } catch (error) {
    ringcard.close();
    throw error;
  }
  return ringcard;
}

export class Ringcard {
  /** Whose token it is. */
  readonly me: Person;
  /** @internal */
  readonly ready: Promise<void>;
  private live: LiveState = NOTHING;
  private now: Connection = 'connecting';
  private readonly channel: LiveChannel;
  private readonly listeners = new Map<string, Set<(what: never) => void>>();
  private readonly dialling = new Map<string, Promise<Dialled>>();
  private readonly stops = new Set<() => void>();

  /** @internal Use `connect`. */
  constructor(
    private readonly rest: Rest,
    private readonly options: ConnectOptions,
    me: Me,
  ) {
    this.me = {
      employeeId: me.employee_id,
      login: me.login,
      name: me.name,
      permissions: me.permissions,
      devices: me.devices,
      language: me.language,
    };
    let up: () => void = () => undefined;
    let refused: (error: Error) => void = () => undefined;
    this.ready = new Promise<void>((resolve, reject) => {
      up = resolve;
      refused = reject;
    });
    this.ready.catch(() => undefined);
    this.channel = new LiveChannel(
      `${rest.address.replace(/^http/i, 'ws')}/api/v1/live`,
      {
        frame: (frame) => {
          const before = this.live;
          this.live = reduce(before, { type: 'frame', frame, receivedAtMs: Date.now() });
          if (this.live.resync) {
            this.channel.restart();
            return;
          }
          // What was so before we came is no event: `calls()` has it.
          if (before.epoch === null) return;
          const { type, request } = frame as { type: string; request?: SaidRequest };
          if (type === 'service' && request && this.live !== before) this.tell('request', requestOf(request));
          const events = eventsBetween(before.pops, this.live.pops, type === 'pop_removed');
          for (const { event, call } of events) this.tell(event, call);
        },
        connection: (next) => {
          if (next.state === 'up') up();
          if (next.state === 'signed_out')
            refused(new RingcardError('token_refused', 'This token opens nothing (any more).', 401));
          this.become(next.state === 'too_many' ? 'lost' : next.state);
        },
        position: () =>
          this.live.epoch !== null && !this.live.resync
            ? { epoch: this.live.epoch, seq: this.live.seq }
            : null,
      },
      outsideWith(options.token),
    );
    this.channel.start();
  }

  get state(): Connection {
    return this.now;
  }

  /** The calls at one's own devices now, also those over for a moment; what rings first. */
  calls(): Call[] {
    return popsInOrder(this.live).map(callOf);
  }

  /** When the employee wants cards: with the ring, once somebody talks, or not by themselves. */
  get popWhen(): 'on_ring' | 'on_answer' | 'quiet' {
    return this.live.preferences.pop_when;
  }

  /** Be told. Gives back how to stop that. */
  on<Name extends keyof Events>(event: Name, listener: Listener<Name>): () => void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set.add(listener));
    return () => void set.delete(listener);
  }

  /**
   * Rings one's own device, then dials. Asked again for the same target within a moment (a double click), it is the same
   * call. Throws `RingcardError`: `number_invalid`, `not_allowed`, `no_device`, `pbx_unreachable`, …
   */
  dial(target: DialTarget, options: DialOptions = {}): Promise<Dialled> {
    const whom = wanted(target);
    const asked = JSON.stringify([whom, options.device, options.callerId, options.key]);
    const pending = this.dialling.get(asked);
    if (pending) return pending;
    const body = {
      ...whom,
      ...(options.device === undefined ? {} : { device: options.device }),
      ...(options.callerId === undefined ? {} : { caller_id: options.callerId }),
    };
    const begun = this.rest
      .ask<{ call_id: string; request_id: string }>('POST', '/calls', body, {
        'Idempotency-Key': options.key ?? newKey(),
      })
      .then(({ call_id, request_id }) => ({ callId: call_id, requestId: request_id }));
    this.dialling.set(asked, begun);
    const forget = (): void => void this.dialling.delete(asked);
    begun.then(() => setTimeout(forget, ONE_CLICK_MS), forget);
    return begun;
  }

  /** Whom a name or a number would call, through which phone, and what speaks against it. */
  async preview(text: string): Promise<Preview> {
    return previewOf(await this.rest.ask<SaidPreview>('GET', `/dial?q=${encodeURIComponent(text)}`));
  }

  /**
   * Clicks on `[data-ringcard-dial]`, `tel:` and `callto:` dial, or do what `clicked` says. Only an employee's own click
   * counts, not a script's. Gives back how to stop.
   */
  onClickToDial(clicked?: (click: Click) => void, root: Document | Element = document): () => void {
    const stop = listen(root, ({ element, number }) => {
      const dial = (options?: DialOptions): Promise<Dialled> => this.dial(number, options);
      if (clicked) clicked({ element, number, dial });
      else dial().catch((error: unknown) => console.error('ringcard:', error));
    });
    this.stops.add(stop);
    return () => {
      stop();
      this.stops.delete(stop);
    };
  }

  /** Shows a card, a call, or whoever has a number. */
  screenPop(target: PopTarget): void {
    const at = encodeURIComponent;
    if ('contactId' in target) this.show(`/contacts/${at(target.contactId)}`);
    else if ('callId' in target) {
      const call = this.calls().find(({ callId }) => callId === target.callId);
      this.show(
        call?.contact ? `/contacts/${at(call.contact.contactId)}` : `/calls?call=${at(target.callId)}`,
      );
    } else this.show(`/contacts/new?number=${at(target.number)}`);
  }

  /**
   * Finds cards by a number in any spelling, a name, an order… and shows the one there is; of several or none nothing is
   * shown, the application chooses. The likeliest come first, ten at most.
   */
  async searchAndScreenPop(text: string): Promise<Contact[]> {
    const found = await this.rest.ask<{ items: Card[] }>(
      'GET',
      `/contacts?limit=10&q=${encodeURIComponent(text)}`,
    );
    const contacts = found.items.map(contactOf);
    const [only] = contacts;
    if (only && contacts.length === 1) this.screenPop({ contactId: only.contactId });
    return contacts;
  }

  /** Writes what was talked about to a card. Throws `RingcardError`, `no_contact` if it is not known whose card. */
  async saveLog({ text, callId, contactId }: Log): Promise<{ noteId: string }> {
    const whose =
      contactId ?? this.calls().find((call) => call.callId === callId)?.contact?.contactId ?? null;
    if (whose === null)
      throw new RingcardError('no_contact', 'It is not known whose call this was: name a contactId.');
    const note = await this.rest.ask<{ note_id: string }>(
      'POST',
      `/contacts/${encodeURIComponent(whose)}/notes`,
      { text, ...(callId === undefined ? {} : { call_id: callId }) },
    );
    return { noteId: note.note_id };
  }

  /** Says that the employee sees this call's card now; only what is really painted may be said so. */
  shown(call: Pick<Call, 'popId' | 'revision'>, paintedAt = new Date()): void {
    this.channel.send({
      type: 'shown',
      pop_id: call.popId,
      revision: call.revision,
      painted_at: paintedAt.toISOString(),
    });
  }

  /** Puts a call's card aside, in all of the employee's windows. The phone rings on. */
  hide(call: Pick<Call, 'popId'>): void {
    this.live = reduce(this.live, { type: 'hide', popId: call.popId });
    this.channel.send({ type: 'hide', pop_id: call.popId });
  }

  /** What else the API has: docs/reference/live-channel.md. */
  request<Answer>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    return this.rest.ask<Answer>(method, path, body);
  }

  /** The network is back: no reason to wait for the next attempt. */
  retryNow(): void {
    this.channel.retryNow();
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.stops.clear();
    this.channel.stop();
    this.become('closed');
    this.listeners.clear();
  }

  private show(path: string): void {
    const url = this.rest.address + path;
    if (this.options.show) this.options.show(url);
    else window.open(url, 'ringcard');
  }

  private become(next: Connection): void {
    if (next === this.now) return;
    this.now = next;
    this.tell('state', next);
  }

  private tell<Name extends keyof Events>(event: Name, what: Events[Name]): void {
    for (const listener of this.listeners.get(event) ?? []) {
      try {
        (listener as Listener<Name>)(what);
      } catch (error) {
        // One listener's fault is not the others'.
        console.error('ringcard:', error);
      }
    }
  }
}

function wanted(target: DialTarget): Record<string, unknown> {
  if (typeof target === 'string') return { number: target };
  if ('number' in target) return { number: target.number };
  if ('callId' in target) return { call_id: target.callId };
  return { contact_id: target.contactId, phone: target.phone ?? 0 };
}
