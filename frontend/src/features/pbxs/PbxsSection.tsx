/** Settings → Phone systems: which there are, whether we hear them, one more, another address, letting go. */
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { server } from '../../api/server';
import type { PbxConnection } from '../../api/types';
import { useWords } from '../../i18n';
import { Waiting } from '../../ui/Waiting';
import { Empty, ErrorTrouble, Notice, Pill } from '../../ui/Words';
import { PBX_SETTINGS } from '../setup/steps';
import { CheckList } from './CheckList';
import { LinkLine } from './LinkLine';
import { NewPbx } from './NewPbx';
import { PbxFields, settingsOf, valueOf } from './PbxFields';
import styles from './pbxs.module.css';

export function PbxsSection() {
  const { t } = useWords();
  const queries = useQueryClient();
  const asked = useQuery({ queryKey: PBX_SETTINGS, queryFn: server.pbxSettings });
  const [adding, setAdding] = useState(false);
  if (asked.isError) return <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />;
  if (!asked.data) return <Waiting rows={4} />;
  const again = (): void => {
    setAdding(false);
    void queries.invalidateQueries({ queryKey: PBX_SETTINGS });
  };
  return (
    <div className={styles.all}>
      {asked.data.items.length === 0 && !adding && (
        <Empty title={t('pbxs.none')}>
          <p>{t('pbxs.none_about')}</p>
        </Empty>
      )}
      {asked.data.items.map((pbx) => (
        <One key={`${pbx.name}/${pbx.version}`} pbx={pbx} onChanged={again} />
      ))}
      {adding ? (
        <NewPbx onAdded={again} />
      ) : (
        <Button className={styles.own} onClick={() => setAdding(true)}>
          {t('pbxs.add')}
        </Button>
      )}
    </div>
  );
}

function One({ pbx, onChanged }: { pbx: PbxConnection; onChanged: () => void }) {
  const { t } = useWords();
  const [value, setValue] = useState(() => valueOf(pbx));
  const [open, setOpen] = useState<'change' | 'remove' | null>(null);
  const settings = settingsOf(value);
  const look = useMutation({
    mutationFn: () =>
      server.examinePbx({ name: pbx.name, type: pbx.type, settings: pbx.fixed ? pbx.settings : settings }),
  });
  const change = useMutation({
    mutationFn: () => server.changePbx(pbx.name, pbx.version, settings),
    onSuccess: onChanged,
  });
  const remove = useMutation({
    mutationFn: () => server.removePbx(pbx.name, pbx.version),
    onSuccess: onChanged,
  });
  return (
    <section className={styles.one} aria-label={pbx.name}>
      <LinkLine pbx={pbx}>
        <div className={styles.buttons}>
          {pbx.fixed && <Pill>{t('draft.from_file')}</Pill>}
          <Button size="compact-sm" variant="default" loading={look.isPending} onClick={() => look.mutate()}>
            {t('pbxs.look')}
          </Button>
          {!pbx.fixed && (
            <>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => setOpen(open === 'change' ? null : 'change')}
              >
                {t('pbxs.change')}
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() => setOpen(open === 'remove' ? null : 'remove')}
              >
                {t('pbxs.remove')}
              </Button>
            </>
          )}
        </div>
      </LinkLine>
      {look.isError && <ErrorTrouble error={look.error} />}
      {look.data && <CheckList examination={look.data} />}
      {open === 'change' && (
        <div className={styles.part}>
          <PbxFields value={value} onChange={setValue} part="address" />
          <PbxFields
            value={value}
            onChange={setValue}
            part="account"
            secretKept={pbx.secrets.includes('secret')}
          />
          <p className={styles.about}>{t('pbxs.change_about')}</p>
          {change.isError && <ErrorTrouble error={change.error} />}
          <Button className={styles.own} loading={change.isPending} onClick={() => change.mutate()}>
            {t('pbxs.save')}
          </Button>
        </div>
      )}
      {open === 'remove' && (
        <div className={styles.part}>
          <Notice>{t('pbxs.remove_about', { name: pbx.name })}</Notice>
          {remove.isError && <ErrorTrouble error={remove.error} />}
          <Button
            className={styles.own}
            color="red"
            variant="default"
            loading={remove.isPending}
            onClick={() => remove.mutate()}
          >
            {t('pbxs.remove_sure', { name: pbx.name })}
          </Button>
        </div>
      )}
    </section>
  );
}
