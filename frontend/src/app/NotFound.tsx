import { Link } from '@tanstack/react-router';

import { useWords } from '../i18n';
import { Empty } from '../ui/Words';

export function NotFound() {
  const { t } = useWords();
  return (
    <Empty title={t('app.no_such_page')}>
      <p>
        <Link to="/">{t('app.to_the_desk')}</Link>
      </p>
    </Empty>
  );
}
