import { useMutation } from '@tanstack/react-query';
import { useCallback } from 'react';

import { server } from '../../api/server';
import type { Dialled } from '../../api/types';
import { errorWords } from '../../app/errors';
import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';

/**
 * Asks the PBX to ring the employee's own phone and then dial; says what will happen, or why it won't. `by` names whom to
 * dial where the number is masked: then `number` is only what is shown.
 */
export function useDial(): (number: string, by?: Dialled) => void {
  const { t } = useWords();
  const { me } = useSession();
  const device = me.devices[0];
  const masked = me.numbers_masked;
  const { mutate } = useMutation({
    mutationFn: ({ number, by }: { number: string; by: Dialled | undefined }) =>
      server.makeCall(masked && by ? by : { number }, device),
    onSuccess: (_answer, { number }) =>
      toast(t('dial.pick_up', { device: device ?? '', number: formatPhone(number) })),
    onError: (error) => toast(errorWords(t, error)),
  });
  return useCallback((number: string, by?: Dialled) => mutate({ number, by }), [mutate]);
}
