/** The phone system: ours already, or one to be connected. */
import { useQuery, useQueryClient } from '@tanstack/react-query';

import { server } from '../../api/server';
import { useWords } from '../../i18n';
import { Waiting } from '../../ui/Waiting';
import { ErrorTrouble } from '../../ui/Words';
import { LinkLine } from '../pbxs/LinkLine';
import { NewPbx } from '../pbxs/NewPbx';
import { Onwards, PBX_SETTINGS, type StepProps } from './steps';
import styles from './setup.module.css';

export function PbxStep({ next, skip, moving }: StepProps) {
  const { t } = useWords();
  const queries = useQueryClient();
  const asked = useQuery({ queryKey: PBX_SETTINGS, queryFn: server.pbxSettings });
  if (asked.isError) return <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />;
  if (!asked.data) return <Waiting rows={4} />;
  const ours = asked.data.items;
  if (ours.length === 0)
    return (
      <>
        <NewPbx onAdded={() => void queries.invalidateQueries({ queryKey: PBX_SETTINGS })} />
        <Onwards skip={skip} moving={moving} />
      </>
    );
  return (
    <>
      <ul className={styles.ours}>
        {ours.map((pbx) => (
          <li key={pbx.name}>
            <LinkLine pbx={pbx} />
          </li>
        ))}
      </ul>
      <p className={styles.hint}>{t('setup.pbx.more_later')}</p>
      <Onwards words={t('setup.next')} onClick={next} skip={skip} moving={moving} certain />
    </>
  );
}
