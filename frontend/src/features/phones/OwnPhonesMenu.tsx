/** In one's own menu: which phones one answers at, whether they are to ring, and where forwarding is set. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { useMay } from '../../app/rights';
import { useWords } from '../../i18n';
import { ErrorTrouble } from '../../ui/Words';
import { phones, type OwnPhone } from './api';
import { DoNotDisturb, useStateOf } from './PhoneWays';
import styles from './phones.module.css';

export function OwnPhonesMenu({ close }: { close: () => void }) {
  const { t } = useWords();
  const may = useMay();
  const asked = useQuery({ queryKey: ['session', 'phones'], queryFn: phones.own, staleTime: 0 });
  const here = asked.data?.items.filter((each) => each.answers_here) ?? [];
  if (!may('calls.make')) return null;
  if (asked.error) return <ErrorTrouble error={asked.error} />;
  return (
    <ul className={styles.menu} aria-label={t('ways.phones')}>
      {here.map((phone) => (
        <li key={phone.device}>
          <Phone phone={phone} close={close} />
        </li>
      ))}
    </ul>
  );
}

function Phone({ phone, close }: { phone: OwnPhone; close: () => void }) {
  const { t } = useWords();
  const forwarded = useStateOf(phone.device) === 'forwarded';
  return (
    <>
      <strong>{t('ways.phone', { device: phone.device })}</strong>
      <DoNotDisturb phone={phone} />
      <Link to="/settings/$section/{-$item}" params={{ section: 'phones' }} onClick={close}>
        {t(forwarded ? 'ways.forwarded_change' : 'ways.forward_open')}
      </Link>
    </>
  );
}
