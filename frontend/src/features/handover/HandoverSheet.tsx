/**
 * Handing a call over in one gesture: to whom, whether to ask first, what it is about. Or, while it rings, sending it
 * elsewhere. It lies beside the card, which is what one writes about.
 */
import { Button, SegmentedControl, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useMemo, useRef, useState } from 'react';

import { server } from '../../api/server';
import type { HandoverTarget, Pop } from '../../api/types';
import { isKey, keyShortcuts, keyWords, useKeys } from '../../app/keys';
import { useSession } from '../../app/session';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { SidePanel } from '../../ui/SidePanel';
import { ErrorTrouble, Key, Notice } from '../../ui/Words';
import { whoOf } from '../calls/words';
import { askOfPop, newKey } from '../control/asking';
import styles from '../control/handling.module.css';
import { controlOf } from '../control/words';
import { keepsDrafts, useDraft } from '../desk/drafts';
import { colleaguesOf, talkedLast } from '../people/colleagues';
import { rosterOf } from '../people/roster';
import { ChoiceLine, nameOf } from './ChoiceLine';
import { blockedOf, choicesFor, type Choice } from './targets';

interface Props {
  pop: Pop;
  kind: 'hand_over' | 'deflect';
  /** Whom it was dragged onto. */
  to: { target: HandoverTarget; name: string } | null;
  close: () => void;
}

const LASTS: ReadonlySet<Pop['state']> = new Set<Pop['state']>(['ringing', 'active', 'held']);

export function HandoverSheet({ pop, kind, to, close }: Props) {
  const { t } = useWords();
  const { me } = useSession();
  const deflects = kind === 'deflect';
  const ringing = pop.state === 'ringing';
  const roster = useLive(rosterOf);
  const devices = useLive((state) => state.devices);
  const presence = useLive((state) => state.presence);
  const queues = useLive((state) => state.queues);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<{ target: HandoverTarget; name: string } | null>(to);
  const [how, setHow] = useState<'ask_first' | 'blind'>(ringing ? 'blind' : 'ask_first');
  const draft = useDraft(pop);
  const [typed, setTyped] = useState(draft.text);
  // One note, wherever it is typed: the card's own box stays in reach beside this.
  const drafts = keepsDrafts(pop);
  const note = drafts ? draft.text : typed;
  const noteField = useRef<HTMLTextAreaElement>(null);
  /** The same for the same: what the network swallowed the answer to is done once. What failed may be tried again by it. */
  const key = useRef({ of: '', key: '' });

  const colleagues = useMemo(
    () => colleaguesOf(roster, devices, presence, me.devices),
    [roster, devices, presence, me.devices],
  );
  const talked = useMemo(() => talkedLast(pop, colleagues), [pop, colleagues]);
  const places = useQuery({
    queryKey: ['handover-places'],
    queryFn: server.handoverPlaces,
    staleTime: 60_000,
  });
  const choices = choicesFor(text, colleagues, Object.values(queues), talked, deflects, places.data ?? null);

  const canAsk = !ringing && controlOf(pop.controls, 'ConsultationCall');
  const canSend = controlOf(pop.controls, ringing ? 'DeflectCall' : 'SingleStepTransferCall');
  const control = how === 'ask_first' ? canAsk : canSend;
  const hindrance = control ? control.hindrance : ('wrong_state' as const);
  const over = !LASTS.has(pop.state);

  const hand = useMutation({
    mutationFn: (target: HandoverTarget) => {
      const what = { to: target, how, note: note.trim() };
      const of = JSON.stringify(what);
      if (key.current.of !== of) key.current = { of, key: newKey() };
      return server.handOver(pop.call_id, what, key.current.key);
    },
    onSuccess: close,
  });
  const submit = (): void => {
    if (chosen && !hand.isPending && !hindrance && !over) hand.mutate(chosen.target);
  };
  const take = (choice: Choice | undefined): void => {
    if (!choice || blockedOf(choice)) return;
    const name = nameOf(t, choice);
    if (deflects) {
      askOfPop(pop, { service: 'DeflectCall', to: choice.dial }, name);
      close();
      return;
    }
    if (choice.target) setChosen({ target: choice.target, name });
  };
  useEffect(() => {
    if (chosen) noteField.current?.focus();
  }, [chosen]);
  useKeys(deflects ? {} : { send: submit });

  const who = whoOf(t, pop).title;
  // A queue and an outside number are no colleague: other words are true of them.
  const place = chosen && (['queue', 'number'] as const).find((each) => each in chosen.target);
  const way = ringing ? 'blind_ringing' : how;
  return (
    <SidePanel
      title={t(deflects ? 'handling.deflect_title' : 'handling.hand_over_title', { name: who })}
      close={close}
    >
      {over && <Notice>{t('handling.over')}</Notice>}
      {!over && !chosen && (
        <Chooser
          text={text}
          setText={setText}
          choices={choices}
          talked={talked}
          take={take}
          label={t(deflects ? 'handling.deflect_to' : 'handling.to_whom')}
        />
      )}
      {!over && chosen && (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <p className={styles.chosen}>
            <span>
              <small>{t('handling.to_whom')}</small>
              <strong>{chosen.name}</strong>
            </span>
            <Button variant="default" size="compact-sm" onClick={() => setChosen(null)}>
              {t('handling.somebody_else')}
            </Button>
          </p>
          {!ringing && (
            <SegmentedControl
              fullWidth
              aria-label={t('handling.how')}
              value={how}
              onChange={setHow}
              data={[
                { value: 'ask_first', label: t('handling.ask_first') },
                { value: 'blind', label: t('handling.blind') },
              ]}
            />
          )}
          <p className={styles.hint}>
            {t(place ? `handling.${way}_help_${place}` : `handling.${way}_help`, { name: chosen.name })}
          </p>
          <Textarea
            ref={noteField}
            label={t('handling.about')}
            description={t(place ? `handling.about_help_${place}` : 'handling.about_help', {
              name: chosen.name,
            })}
            autosize
            minRows={3}
            maxRows={10}
            maxLength={10_000}
            value={note}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              if (drafts) draft.write(event.currentTarget.value);
            }}
          />
          {hindrance && <Notice>{t(`control.hindrance.${hindrance}`)}</Notice>}
          {hand.isError && <ErrorTrouble error={hand.error} again={submit} />}
          <Button
            type="submit"
            size="md"
            loading={hand.isPending}
            disabled={hindrance !== null}
            aria-keyshortcuts={keyShortcuts('send')}
            rightSection={<Key>{keyWords('send')}</Key>}
          >
            {t(how === 'ask_first' ? 'handling.do_ask' : 'handling.do_hand_over', { name: chosen.name })}
          </Button>
        </form>
      )}
    </SidePanel>
  );
}

interface ChooserProps {
  text: string;
  setText: (text: string) => void;
  choices: Choice[];
  talked: ReadonlyMap<string, string>;
  take: (choice: Choice | undefined) => void;
  label: string;
}

/** A combobox with a list that is always open (WAI-ARIA Authoring Practices); the focus stays in the field. */
function Chooser({ text, setText, choices, talked, take, label }: ChooserProps) {
  const { t } = useWords();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const active = choices.find((each) => each.id === chosen) ?? choices[0];
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active?.id]);
  const step = (by: number): void => {
    const at = choices.findIndex((each) => each.id === active?.id);
    setChosen(choices[(at + by + choices.length) % choices.length]?.id ?? null);
  };
  return (
    <div className={styles.chooser}>
      <input
        ref={field}
        type="text"
        role="combobox"
        className={styles.find}
        aria-label={label}
        aria-expanded={choices.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active && `${id}-${active.id}`}
        placeholder={t('handling.find')}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(null);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (isKey(event, 'next')) step(1);
          else if (isKey(event, 'previous')) step(-1);
          else if (isKey(event, 'choose')) take(active);
          else return;
          event.preventDefault();
        }}
      />
      {choices.length === 0 && <p className={styles.hint}>{t('handling.nobody', { text })}</p>}
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={label} className={styles.choices}>
        {choices.map((choice) => (
          <ChoiceLine
            key={choice.id}
            id={`${id}-${choice.id}`}
            choice={choice}
            talkedAt={talked.get(choice.id) ?? null}
            active={choice.id === active?.id}
            point={() => setChosen(choice.id)}
            take={() => take(choice)}
          />
        ))}
      </div>
    </div>
  );
}
