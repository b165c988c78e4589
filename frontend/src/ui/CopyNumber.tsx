/** Puts a number on the clipboard as other programs want it: E.164, without blanks. */
import { ActionIcon } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';

import { phoneWords } from '../format/phone';
import { useWords } from '../i18n';
import { toast } from './toasts';

export function CopyNumber({ phone }: { phone: { number: string | null; presented: string } }) {
  const { t } = useWords();
  const text = phone.number ?? phone.presented;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      toast(t('phone.copied', { number: text }));
    } catch {
      // No permission, or a page without TLS: the number can still be selected, and is copied like this then too.
      toast(t('phone.not_copied'));
    }
  };
  return (
    <ActionIcon
      size="sm"
      variant="subtle"
      color="gray"
      aria-label={t('phone.copy', { number: phoneWords(phone) })}
      title={t('phone.copy', { number: phoneWords(phone) })}
      onClick={() => void copy()}
    >
      <IconCopy size={14} aria-hidden="true" />
    </ActionIcon>
  );
}
