/** Extensions of the company that are emergency numbers of the country: who dials one gets a colleague, and no help. */
import { useDebouncedValue } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { server } from '../../api/server';
import type { NumberingPlan } from '../../api/types';
import { useWords } from '../../i18n';
import styles from './numbers.module.css';

/** `plan` is that of the form; null, the one in force. */
export function Shadowed({ plan }: { plan: NumberingPlan | null }) {
  const { t } = useWords();
  const [asking] = useDebouncedValue(plan, 300);
  const asked = useQuery({
    queryKey: ['numbers/shadowed', asking],
    queryFn: () => server.tryNumber('', asking),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const numbers = asked.data?.shadowed ?? [];
  return (
    <div role="status">
      {numbers.length > 0 && (
        <p className={styles.shadowed}>
          <IconAlertTriangle size={18} stroke={1.75} aria-hidden="true" />
          <span>{t('numbers.shadowed', { count: numbers.length, numbers: numbers.join(', ') })}</span>
        </p>
      )}
    </div>
  );
}
