/** One of our phone systems in a line: where it is, and whether we hear it now. */
import { IconAlertTriangle, IconCheck, IconLoader2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import type { PbxConnection } from '../../api/types';
import { useWords } from '../../i18n';
import { useLive } from '../../live/store';
import { adviceOf } from './advice';
import { textOf } from './checks';
import styles from './pbxs.module.css';

export function LinkLine({ pbx, children }: { pbx: PbxConnection; children?: ReactNode }) {
  const { t } = useWords();
  const link = useLive((state) => state.links[pbx.name]);
  const state = pbx.problem ? 'refused' : (link?.state ?? 'connecting');
  const problem = pbx.problem ?? link?.problem ?? null;
  const advice = adviceOf(t, state, pbx.problem ? 'unfit' : link?.cause, link?.about);
  const Icon = state === 'up' ? IconCheck : state === 'connecting' ? IconLoader2 : IconAlertTriangle;
  return (
    <div className={styles.link} data-state={state}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      <div>
        <p>
          <strong>{pbx.name}</strong>{' '}
          <span className={styles.address}>
            {textOf(pbx.settings.host)}
            {pbx.settings.port ? `:${textOf(pbx.settings.port)}` : ''}
          </span>
        </p>
        <p role="status">{t(`pbxs.state.${state}`)}</p>
        {problem && (
          <>
            <p className={styles.about}>{advice.says}</p>
            {advice.lacks.length > 0 && (
              <ul className={styles.about}>
                {advice.lacks.map((each) => (
                  <li key={each}>{each}</li>
                ))}
              </ul>
            )}
            {advice.then && <p className={styles.about}>{advice.then}</p>}
            <details className={styles.about}>
              <summary>{t('pbxs.exactly')}</summary>
              <p lang="en">{problem}</p>
            </details>
          </>
        )}
      </div>
      {children}
    </div>
  );
}
