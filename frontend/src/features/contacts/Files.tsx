/** Files of a card: put there by choosing or dropping, taken off with a way back. */
import { ActionIcon, Button, FileButton } from '@mantine/core';
import { IconFile, IconPaperclip, IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';

import { server } from '../../api/server';
import type { CardFile, Contact } from '../../api/types';
import { useWords } from '../../i18n';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toasts';
import { ErrorTrouble } from '../../ui/Words';
import styles from './contacts.module.css';

export function Files({ contact }: { contact: Contact }) {
  const { t, language } = useWords();
  const queries = useQueryClient();
  const id = useId();
  const [over, setOver] = useState(false);
  const key = ['contact', contact.contact_id, 'files'];
  const asked = useQuery({ queryKey: key, queryFn: () => server.filesOf(contact.contact_id) });
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: key });
  const add = useMutation({
    mutationFn: async (files: File[]) => {
      for (const file of files) await server.addFile(contact.contact_id, file.name, file);
    },
    onSettled: again,
  });
  const remove = useMutation({
    mutationFn: async (file: CardFile) => {
      // Asked for first: what is taken off can be put back for as long as the line below stays.
      const content = await server.fileContent(contact.contact_id, file.attachment_id);
      await server.removeFile(contact.contact_id, file.attachment_id);
      return { file, content };
    },
    onSuccess: ({ file, content }) => {
      toast(t('card.file_removed', { name: file.name }), async () => {
        await server.addFile(contact.contact_id, file.name, content, file.media_type);
        await again();
      });
    },
    onSettled: again,
  });
  const size = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return (
    <section
      className={styles.section}
      aria-labelledby={id}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        add.mutate([...event.dataTransfer.files]);
      }}
    >
      <h2 id={id}>{t('card.files')}</h2>
      {asked.error && <ErrorTrouble error={asked.error} again={() => void asked.refetch()} />}
      {add.error && <ErrorTrouble error={add.error} />}
      {remove.error && <ErrorTrouble error={remove.error} />}
      <ul className={styles.files}>
        {asked.data?.items.map((file) => (
          <li key={file.attachment_id}>
            <IconFile size={16} aria-hidden="true" />
            <span>
              <a
                href={server.fileAddress(contact.contact_id, file.attachment_id)}
                target="_blank"
                rel="noreferrer"
              >
                {file.name}
              </a>
              <small>
                {' '}
                {t('card.kilobytes', { size: size.format(Math.max(file.size / 1000, 0.1)) })} · {file.author}{' '}
                <Moment at={file.at} />
              </small>
            </span>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('card.remove_file', { name: file.name })}
              onClick={() => remove.mutate(file)}
            >
              <IconX size={16} aria-hidden="true" />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <FileButton multiple onChange={(files) => add.mutate(files)}>
        {(props) => (
          <Button
            {...props}
            variant="default"
            size="compact-sm"
            loading={add.isPending}
            leftSection={<IconPaperclip size={14} aria-hidden="true" />}
          >
            {t('card.add_file')}
          </Button>
        )}
      </FileButton>
    </section>
  );
}
