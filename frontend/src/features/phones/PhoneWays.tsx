/** What becomes of calls to a phone of mine: do not disturb, and forwarding; greyed with the reason where the PBX cannot. */
import { Autocomplete, Button, NativeSelect, Switch } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import type { Device } from '../../api/types';
import { useMay } from '../../app/rights';
import { useWords, type Words } from '../../i18n';
import { useLive } from '../../live/store';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import { forwardedTo } from '../people/forwarded';
import { FORWARDING_KINDS, phones, type ForwardingKind, type OwnPhone } from './api';
import styles from './phones.module.css';
import { targetOf, targetsOf } from './targets';

const HINDRANCES = ['not_supported', 'link_down', 'permission_missing', 'phone_cannot'] as const;

/** In words; null: it can be done. */
export function reasonOf(t: Words, hindrance: string | null): string | null {
  if (hindrance === null) return null;
  return t(`control.hindrance.${HINDRANCES.find((each) => each === hindrance) ?? 'not_supported'}`);
}

const deviceOf = (devices: Record<string, Device>, device: string) =>
  Object.values(devices).find((each) => each.device === device);

/** As the phone system tells it now. */
export function useStateOf(device: string) {
  return useLive((state) => deviceOf(state.devices, device)?.state);
}

/** Whom its calls go to, in words; null if they do not, or nobody knows. */
function useForwardedTo(device: string): string | null {
  return useLive((state) => forwardedTo(state.devices, deviceOf(state.devices, device)));
}

export function DoNotDisturb({ phone }: { phone: OwnPhone }) {
  const { t } = useWords();
  const on = useStateOf(phone.device) === 'do_not_disturb';
  const cannot = reasonOf(t, phone.do_not_disturb_hindrance);
  const set = useMutation({
    mutationFn: (next: boolean) => phones.disturb(phone.device, next),
    onSuccess: (_, next) =>
      toast(t(next ? 'ways.quiet_now' : 'ways.rings_again', { device: phone.device }), () =>
        phones.disturb(phone.device, !next),
      ),
  });
  return (
    <>
      <Switch
        label={t('ways.do_not_disturb')}
        aria-label={t('ways.do_not_disturb_at', { device: phone.device })}
        description={cannot ?? t('ways.do_not_disturb_help')}
        checked={on}
        disabled={cannot !== null || set.isPending}
        onChange={(event) => set.mutate(event.currentTarget.checked)}
      />
      {set.error && <ErrorTrouble error={set.error} />}
    </>
  );
}

export function PhoneWays({ phone }: { phone: OwnPhone }) {
  const { t } = useWords();
  const may = useMay();
  if (!phone.answers_here || !may('calls.make')) return null;
  return (
    <div className={styles.ways} role="group" aria-label={t('ways.of', { device: phone.device })}>
      <DoNotDisturb phone={phone} />
      <Forwarding phone={phone} />
    </div>
  );
}

function Forwarding({ phone }: { phone: OwnPhone }) {
  const { t } = useWords();
  const { device } = phone;
  const forwarded = useStateOf(device) === 'forwarded';
  const now = useForwardedTo(device);
  const devices = useLive((state) => state.devices);
  const [kind, setKind] = useState<ForwardingKind>('always');
  const [typed, setTyped] = useState('');
  const cannot = reasonOf(t, phone.forwarding_hindrance);
  const targets = targetsOf(Object.values(devices), device);
  const set = useMutation({
    mutationFn: (to: string | null) => phones.forward(device, kind, to),
    onSuccess: (_, to) => {
      setTyped('');
      toast(
        to === null
          ? t(`ways.ended_${kind}`, { device })
          : t(`ways.set_${kind}`, { device, to: typed.trim() }),
        to === null ? null : () => phones.forward(device, kind, null),
      );
    },
  });
  return (
    <form
      className={styles.forwarding}
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim()) set.mutate(targetOf(typed, targets));
      }}
    >
      <p className={styles.none} role="status">
        {cannot ??
          (now === null
            ? t(forwarded ? 'ways.forwarded' : 'ways.forwarding_help')
            : t('ways.forwarded_to', { to: now }))}
      </p>
      <NativeSelect
        label={t('ways.kind')}
        data={FORWARDING_KINDS.map((each) => ({ value: each, label: t(`ways.kind_${each}`) }))}
        value={kind}
        disabled={cannot !== null}
        onChange={(event) =>
          setKind(FORWARDING_KINDS.find((each) => each === event.currentTarget.value) ?? 'always')
        }
      />
      <Autocomplete
        label={t('ways.to')}
        placeholder={t('ways.to_help')}
        data={targets.map(({ label }) => label)}
        value={typed}
        maxLength={64}
        limit={12}
        disabled={cannot !== null}
        onChange={setTyped}
      />
      <div className={styles.buttons}>
        <Button
          type="submit"
          variant="default"
          disabled={cannot !== null || !typed.trim()}
          loading={set.isPending}
        >
          {t('ways.forward')}
        </Button>
        <Button
          variant="default"
          disabled={cannot !== null || set.isPending}
          onClick={() => set.mutate(null)}
        >
          {t('ways.end')}
        </Button>
      </div>
      {set.error && <ErrorTrouble error={set.error} />}
    </form>
  );
}
