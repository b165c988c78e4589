/** Why this card: which sources were asked, what matched, and when the screen really showed it. */
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { server } from '../../api/server';
import type { Pop, WhyOfPop } from '../../api/types';
import { formatPhone } from '../../format/phone';
import { formatCount } from '../../format/time';
import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { SidePanel } from '../../ui/SidePanel';
import { ErrorTrouble } from '../../ui/Words';
import { sourceName } from './SourceLine';
import styles from './desk.module.css';

export function WhyPanel({ pop, close }: { pop: Pop; close: () => void }) {
  const { t } = useWords();
  const asked = useQuery({
    queryKey: ['why', pop.call_id, pop.revision],
    queryFn: () => server.why(pop.call_id),
    staleTime: 0,
  });
  const pops = asked.data?.pops ?? [];
  const mine = [
    ...pops.filter((each) => each.pop_id === pop.pop_id),
    ...pops.filter((each) => each.pop_id !== pop.pop_id),
  ];
  return (
    <SidePanel title={t('why.title')} close={close}>
      <p className={styles.quiet}>{t('why.lead')}</p>
      {asked.isPending && (
        <div className={styles.skeleton}>
          <Skeleton height={24} />
          <Skeleton height={96} />
        </div>
      )}
      {asked.isError && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {mine.map((each) => (
        <WhyOf key={each.pop_id} why={each} />
      ))}
    </SidePanel>
  );
}

function Milliseconds({ ms }: { ms: number | null }) {
  const { t, language } = useWords();
  return (
    <span className="figures">
      {ms === null
        ? t('why.not_yet')
        : t('sources.ms', { ms: formatCount(language, Math.round(ms * 10) / 10) })}
    </span>
  );
}

function WhyOf({ why }: { why: WhyOfPop }) {
  const { t } = useWords();
  return (
    <section className={styles.why}>
      <h3>{t('why.on_device', { device: why.device, name: why.employee ?? '' })}</h3>
      {why.rang_at ? (
        <ol className={styles.whySteps}>
          <li>
            <span>{t('why.rang')}</span>
            <Moment at={why.rang_at} />
          </li>
          <li>
            <span>{t('why.sent')}</span>
            <Milliseconds ms={why.ring_to_sent_ms} />
          </li>
          <li>
            <span>{t('why.shown')}</span>
            <Milliseconds ms={why.ring_to_shown_ms} />
          </li>
        </ol>
      ) : (
        <p>{t('why.made_here')}</p>
      )}
      <p>
        {why.matched_number
          ? t('why.matched', { number: formatPhone(why.matched_number) })
          : t('why.matched_nothing')}
      </p>
      {why.sources.length > 0 && (
        <table className={styles.whyTable}>
          <thead>
            <tr>
              <th scope="col">{t('why.source')}</th>
              <th scope="col">{t('why.answer')}</th>
              <th scope="col">{t('why.took')}</th>
            </tr>
          </thead>
          <tbody>
            {why.sources.map((source) => (
              <tr key={source.source}>
                <th scope="row">{sourceName(t, source.source)}</th>
                <td>
                  {t(`sources.${source.status}`)}
                  {source.matched && <small className="figures"> {formatPhone(source.matched)}</small>}
                  {source.as_of && (
                    <small>
                      {' '}
                      {t('sources.as_of')} <Moment at={source.as_of} />
                    </small>
                  )}
                </td>
                <td>
                  <Milliseconds ms={source.ms} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {why.shown.length > 1 && (
        <p className={styles.quiet}>{t('why.screens', { count: why.shown.length })}</p>
      )}
    </section>
  );
}
