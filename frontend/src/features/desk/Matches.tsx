/** Whose number it is, where that is not settled by itself: several cards have it, or one only resembles it. */
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { server } from '../../api/server';
import type { Match, Pop } from '../../api/types';
import { errorWords } from '../../app/errors';
import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';
import styles from './desk.module.css';
import { sourceName } from './SourceLine';

export function useChoose(pop: Pop): { choose: (contactId: string | null) => void; busy: boolean } {
  const { t } = useWords();
  const { mutate, isPending } = useMutation({
    mutationFn: (contactId: string | null) => server.chooseContact(pop.call_id, contactId),
    onError: (error) => toast(errorWords(t, error)),
  });
  return { choose: mutate, busy: isPending };
}

/** The question, in the place where the card will be. What is answered is remembered for the number. */
export function Chooser({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const { choose, busy } = useChoose(pop);
  const exact = pop.matches.filter((match) => match.quality === 'exact');
  const asked = pop.choice === 'open' ? exact : pop.matches.filter((match) => match.quality === 'maybe');
  if (asked.length === 0) return null;
  const open = pop.choice === 'open';
  return (
    <section className={styles.chooser} aria-labelledby="chooser">
      <h2 id="chooser">
        {open ? t('match.who', { count: asked.length }) : t('match.maybe', { count: asked.length })}
      </h2>
      <p>{t(open ? 'match.who_help' : 'match.maybe_help')}</p>
      <ul>
        {asked.map((match) => (
          <li key={match.contact_id}>
            <div>
              <strong>{match.name}</strong>
              <MatchLine match={match} />
            </div>
            <Button variant="default" disabled={busy} onClick={() => choose(match.contact_id)}>
              {t('match.choose')}
              <span className="for-readers"> {match.name}</span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function MatchLine({ match }: { match: Match }) {
  const { t } = useWords();
  const parts = [
    match.organisation,
    match.position,
    match.source === 'own' ? null : sourceName(t, match.source),
  ];
  return <small>{parts.filter(Boolean).join(' · ')}</small>;
}

/** Who else has the number, at the foot of the card, and the way back from a choice. */
export function OtherMatches({ pop }: { pop: Pop }) {
  const { t } = useWords();
  const { choose, busy } = useChoose(pop);
  const others = pop.matches.filter((match) => match.contact_id !== pop.contact?.contact_id);
  return (
    <p className={styles.others}>
      {others.length > 0 && (
        <>
          {t('desk.also_theirs')}{' '}
          {others.map((other, index) => (
            <span key={other.contact_id}>
              {index > 0 && ', '}
              {other.source === 'own' ? (
                <Link to="/contacts/$contactId" params={{ contactId: other.contact_id }}>
                  {[other.name, other.organisation].filter(Boolean).join(', ')}
                </Link>
              ) : (
                <>
                  {[other.name, other.organisation].filter(Boolean).join(', ')} ({sourceName(t, other.source)}
                  )
                </>
              )}
            </span>
          ))}
        </>
      )}
      {pop.choice === 'remembered' && (
        <button type="button" disabled={busy} onClick={() => choose(null)}>
          {t('match.ask_again')}
        </button>
      )}
    </p>
  );
}
