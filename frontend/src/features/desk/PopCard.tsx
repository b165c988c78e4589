/** The card of one call: who, why probably, what now. It is there while the phone rings and stays through the call. */
import { Button, Skeleton } from '@mantine/core';
import { IconExternalLink, IconPhoneX, IconStarFilled } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import type { Contact, Note, Pop } from '../../api/types';
import { keyShortcuts, keyWords, useKeys } from '../../app/keys';
import { useSession } from '../../app/session';
import { formatDuration } from '../../format/time';
import { useWords } from '../../i18n';
import { useMinute } from '../../live/clock';
import { live } from '../../live/store';
import { Avatar } from '../../ui/Avatar';
import { Moment } from '../../ui/Moment';
import { Key, Notice, Pill } from '../../ui/Words';
import { whoOf } from '../calls/words';
import { CardFacts } from '../contacts/CardFacts';
import { useFreshContact } from '../contacts/fresh';
import { NoteList, Notes } from '../contacts/Notes';
import { Orders } from '../contacts/Orders';
import { CallPanel } from '../control/CallPanel';
import { dragOf } from '../control/drag';
import { ConsultationPanel } from '../control/ConsultationPanel';
import { Parked } from '../control/ParkedLine';
import { useSlot } from '../control/parked';
import { DialNumber } from '../dial/DialNumber';
import { DataFacts, Packet, Sent } from '../handover/Packet';
import { DeviceStateOf } from '../people/DeviceMark';
import { CallerPlace } from './CallerPlace';
import { CallNote } from './CallNote';
import { Chooser, OtherMatches } from './Matches';
import { NewCard } from './NewCard';
import { openPage, useBlocked } from './opened';
import { useSight } from './sight';
import { AfterCall } from '../wrapup/AfterCall';
import { SourceLine, sourceName } from './SourceLine';
import { StateLine } from './StateLine';
import styles from './desk.module.css';
import { keepsDrafts } from './drafts';
import { useDial } from '../dial/dial';
import { dialledWords, lastTalk, markWords, missedToday, noteOnThisCall, routeWords } from './reason';

export function PopCard({ pop, showWhy }: { pop: Pop; showWhy: () => void }) {
  const { t } = useWords();
  const { me } = useSession();
  const navigate = useNavigate();
  const dial = useDial();
  const contact = useFreshContact(pop.contact);
  const card = useRef<HTMLElement>(null);
  const sight = useSight(pop.pop_id);
  const who = whoOf(t, pop, contact);
  const over = pop.state === 'missed' || pop.state === 'ended' || pop.state === 'answered_elsewhere';
  const parked = useSlot(pop) !== null;
  const asking = pop.sources.some((source) => source.status === 'pending');
  // What came in while the card was read must not make the page shorter either.
  const [late] = useState(asking);
  const openCard = (): void => {
    if (contact) void navigate({ to: '/contacts/$contactId', params: { contactId: contact.contact_id } });
  };
  useKeys({
    hide: () => live.hide(pop.pop_id),
    open: openCard,
    note: () => card.current?.querySelector<HTMLElement>('[data-note-field]')?.focus(),
    why: showWhy,
  });

  return (
    <article
      ref={card}
      className={styles.card}
      data-state={pop.state}
      data-card={pop.pop_id}
      data-late={late || undefined}
      aria-labelledby="card-name"
    >
      <header className={styles.cardHead}>
        <div className={styles.cardState}>
          <StateLine pop={pop} />
          <div className={styles.actions}>
            {over && !parked && who.number && me.devices.length > 0 && pop.mark !== 'withheld' && (
              <Button
                // What came of the talk is the next thing then.
                variant={pop.state === 'ended' && pop.answered_at ? 'default' : 'filled'}
                onClick={() => dial(who.number ?? '', { call_id: pop.call_id })}
              >
                {t('desk.call_back')}
              </Button>
            )}
            {!contact && late && (
              // Its place is kept: what is beside and under it must not move when the card comes.
              <Button
                variant="default"
                className={styles.reserved}
                tabIndex={-1}
                aria-hidden="true"
                disabled
                rightSection={<Key>{keyWords('open')}</Key>}
              >
                {t('desk.open_card')}
              </Button>
            )}
            {contact && (
              <Button
                variant="default"
                onClick={openCard}
                aria-keyshortcuts={keyShortcuts('open')}
                rightSection={<Key>{keyWords('open')}</Key>}
              >
                {t('desk.open_card')}
              </Button>
            )}
            <Button
              variant="default"
              onClick={() => live.hide(pop.pop_id)}
              aria-keyshortcuts={keyShortcuts('hide')}
              rightSection={<Key>{keyWords('hide')}</Key>}
            >
              {t('desk.hide')}
            </Button>
          </div>
        </div>
        <div className={styles.who} {...dragOf(pop)}>
          <Avatar
            name={who.isName ? who.title : null}
            withheld={who.withheld}
            square={contact?.kind === 'organisation'}
            size={56}
          />
          <div className={styles.whoText}>
            <h1 ref={sight} id="card-name" data-number={!who.isName || undefined}>
              {who.title}
            </h1>
            <p className={styles.whoLine}>
              {[who.organisation, contact?.position].filter(Boolean).join(' · ') || (
                <MarkWords pop={pop} contact={contact} />
              )}
            </p>
            {!who.withheld && !pop.colleague && who.number && (
              <p className={styles.whoNumber}>
                {who.isName && (
                  <strong>
                    <DialNumber number={who.number} by={{ call_id: pop.call_id }} />
                  </strong>
                )}
                <CallerPlace pop={pop} />
              </p>
            )}
          </div>
          <p className={styles.marks}>
            {pop.mark === 'vip' && (
              <Pill kind="vip">
                <IconStarFilled size={11} aria-hidden="true" />
                {t('desk.mark.vip')}
              </Pill>
            )}
            {contact?.segment && <Pill>{contact.segment}</Pill>}
            {contact?.tags.map((tag) => (
              <Pill key={tag}>{tag}</Pill>
            ))}
          </p>
        </div>
        <CallPanel pop={pop} place="card" keys />
        <Parked pop={pop} />
        {pop.consultation && <ConsultationPanel pop={pop} consultation={pop.consultation} />}
      </header>
      <Packet pop={pop} />
      <Sent pop={pop} />
      {pop.state === 'ended' && !parked && <AfterCall pop={pop} contact={contact} />}
      <Reason pop={pop} showWhy={showWhy} />
      {/* Up to here nothing that comes late changes the height; what may come late is appended below. */}
      {keepsDrafts(pop) && <CallNote key={pop.conversation_id} pop={pop} contact={contact} />}
      {!contact && <Chooser pop={pop} />}
      {contact ? (
        <KnownBody contact={contact} pop={pop} />
      ) : pop.choice === 'open' ? null : asking ? (
        <CardSkeleton />
      ) : pop.colleague ? (
        <Notice>{t('desk.colleague_call')}</Notice>
      ) : who.withheld ? (
        <Notice>{t('desk.withheld_help')}</Notice>
      ) : (
        <NewCard key={pop.pop_id} pop={pop} />
      )}
      <Pages pop={pop} />
      <SourceTrouble pop={pop} />
    </article>
  );
}

function MarkWords({ pop, contact }: { pop: Pop; contact: Contact | null }) {
  const { t } = useWords();
  if (pop.colleague)
    return (
      <>
        {t('desk.mark.colleague')} · <DeviceStateOf device={pop.colleague.device} />
      </>
    );
  if (contact) return <>{t(contact.kind === 'organisation' ? 'form.is_organisation' : 'desk.mark.known')}</>;
  return <>{markWords(t, pop)}</>;
}

/** Pages of other systems: a button each, and the word when the browser kept one from opening by itself. */
function Pages({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const blocked = useBlocked(pop);
  if (pop.openings.length === 0) return null;
  return (
    <div className={styles.pages}>
      {pop.openings.map((opening) => (
        <Button
          key={`${opening.when} ${opening.rule}`}
          size="compact-sm"
          variant={blocked.includes(opening) ? 'filled' : 'default'}
          leftSection={<IconExternalLink size={14} aria-hidden="true" />}
          onClick={() => openPage(pop, opening)}
        >
          {opening.rule}
        </Button>
      ))}
      {blocked.length > 0 && <span>{t('desk.page_blocked')}</span>}
    </div>
  );
}

/**
 * The second glance: where the call comes from and what happened before, one fact a line. Whether the history is
 * there or still looked up, its facts take the same place.
 */
function Reason({ pop, showWhy }: { pop: Pop; showWhy: () => void }) {
  const { t } = useWords();
  const route = routeWords(t, pop);
  const dialled = dialledWords(pop);
  return (
    <section className={styles.reason} aria-label={t('desk.reason')}>
      <dl>
        {route && (
          <div>
            <dt>{t('desk.comes_from')}</dt>
            <dd>
              {route}
              {pop.transferred_by && pop.queue ? ` · ${t('desk.from_queue', { queue: pop.queue })}` : ''}
            </dd>
          </div>
        )}
        {dialled && (
          <div>
            <dt>{t('desk.dialled')}</dt>
            <dd className="figures">{dialled}</dd>
          </div>
        )}
        <DataFacts data={pop.data} />
        <Before pop={pop} />
      </dl>
      <SourceLine sources={pop.sources} showWhy={showWhy} />
    </section>
  );
}

/** What was missed today and the last talk: one place for both, whether they are known yet or not. */
function Before({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const talk = lastTalk(pop);
  const missed = missedToday(pop, useMinute());
  const firstMissed = missed[0];
  return (
    <div className={styles.before}>
      <dt>
        {firstMissed && <IconPhoneX size={14} aria-hidden="true" />}
        {firstMissed ? t('desk.missed_today', { count: missed.length }) : t('desk.last_talk')}
      </dt>
      <dd>
        {pop.last_calls === null && <Skeleton height={12} width={140} />}
        {pop.last_calls !== null && !talk && !firstMissed && t('desk.never_talked')}
        {firstMissed && <Moment at={firstMissed.started_at} />}
        {firstMissed && talk && <small> · {t('desk.last_talk')}: </small>}
        {talk && (
          <>
            <Moment at={talk.started_at} />, <span className="figures">{formatDuration(talk.talk_s)}</span>
            {talk.employee ? ` · ${talk.employee}` : ''}
          </>
        )}
      </dd>
    </div>
  );
}

/** What a colleague wrote on this very call, before the call came here. */
function NoteOfThisCall({ note }: { note: Note }) {
  return (
    <blockquote className={styles.handOver}>
      <p>{note.text}</p>
      <footer>
        {note.author} · <Moment at={note.at} />
      </footer>
    </blockquote>
  );
}

function KnownBody({ contact, pop }: { contact: Contact; pop: Pop }) {
  const { me } = useSession();
  const handedOver = noteOnThisCall(pop, contact, me.name);
  return (
    <>
      {handedOver && <NoteOfThisCall note={handedOver} />}
      <Orders orders={contact.orders} />
      {keepsDrafts(pop) ? (
        <NoteList contact={contact} besides={handedOver?.note_id} />
      ) : (
        <Notes contact={contact} callId={pop.call_id} besides={handedOver?.note_id} />
      )}
      <CardFacts contact={contact} />
      <OtherMatches pop={pop} />
    </>
  );
}

function SourceTrouble({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const failed = pop.sources
    .filter((source) => source.status === 'failed')
    .map((source) => sourceName(t, source.source));
  return failed.length > 0 && <Notice>{t('desk.source_failed', { sources: failed.join(', ') })}</Notice>;
}

/** Keeps the places of the last order and the notes while the sources are asked, so that nothing moves later. */
function CardSkeleton() {
  const { t } = useWords();
  return (
    <div className={styles.skeleton} role="status" aria-label={t('desk.looking_up')}>
      <Skeleton height={14} width={120} />
      <Skeleton height={72} />
      <Skeleton height={14} width={80} />
      <Skeleton height={64} />
    </div>
  );
}
