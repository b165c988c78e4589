import { useMutation } from '@tanstack/react-query';
import { useCallback } from 'react';

import { server } from '../../api/server';
import { errorWords } from '../../app/errors';
import { useSession } from '../../app/session';
import { formatPhone } from '../../format/phone';
import { useWords } from '../../i18n';
import { toast } from '../../ui/toasts';

/** Asks the PBX to ring the employee's own phone and then dial; says what will happen, or why it won't. */
export function useDial(): (number: string) => void {
  const { t } = useWords();
  const { me } = useSession();
  const device = me.devices[0];
  const { mutate } = useMutation({
    mutationFn: (number: string) => server.makeCall(number, device),
    onSuccess: (_answer, number) =>
      toast(t('dial.pick_up', { device: device ?? '', number: formatPhone(number) })),
    onError: (error) => toast(errorWords(t, error)),
  });
  return useCallback((number: string) => mutate(number), [mutate]);
}
