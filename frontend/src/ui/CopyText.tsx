/** Puts a text that is shown beside it on the clipboard. */
import { Button } from '@mantine/core';
import { useState } from 'react';

import { useWords } from '../i18n';
import { toast } from './toasts';

const SAYS_SO_MS = 1000;

interface Props {
  text: string;
  mt?: number;
  /** Where the words of the settings are not loaded. */
  words?: { copy: string; copied: string; notCopied: string };
}

export function CopyText({ text, mt = 0, words }: Props) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), SAYS_SO_MS);
    } catch {
      // No permission, or a page without TLS: the text can still be selected.
      toast(words?.notCopied ?? t('rights.not_copied'));
    }
  };
  return (
    <Button size="compact-sm" variant="default" mt={mt} onClick={() => void copy()}>
      {copied ? (words?.copied ?? t('rights.copied')) : (words?.copy ?? t('rights.copy'))}
    </Button>
  );
}
