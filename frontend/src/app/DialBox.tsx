/** One box to find a card or dial a number: type, choose, Enter. */
import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPhoneOutgoing, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import { server } from '../api/server';
import { useDial } from '../features/desk/dial';
import { bareNumber, formatPhone, looksDialable, phoneWords } from '../format/phone';
import { useWords } from '../i18n';
import { Avatar } from '../ui/Avatar';
import { useKeys } from './keys';
import { useSession } from './session';
import styles from './Shell.module.css';

export function DialBox() {
  const { t } = useWords();
  const { me } = useSession();
  const navigate = useNavigate();
  const dial = useDial();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 150);
  const list = useCombobox({ onDropdownClose: () => list.resetSelectedOption() });
  const focus = (): void => {
    field.current?.focus();
    field.current?.select();
  };
  useKeys({ CtrlK: focus, Slash: focus });

  const found = useQuery({
    queryKey: ['contacts', 'box', asked],
    queryFn: () =>
      server.contacts(looksDialable(asked) ? { number: asked, limit: 6 } : { q: asked, limit: 6 }),
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
  });
  const contacts = text.trim().length >= 2 ? (found.data?.items ?? []) : [];
  const canDial = looksDialable(text) && me.devices.length > 0;

  const choose = (value: string): void => {
    const [kind, id = ''] = value.split(/:(.*)/s);
    if (kind === 'dial') dial(id);
    if (kind === 'contact') void navigate({ to: '/contacts/$contactId', params: { contactId: id } });
    setText('');
    list.closeDropdown();
    field.current?.blur();
  };

  return (
    <Combobox store={list} onOptionSubmit={choose} withinPortal={false} transitionProps={{ duration: 0 }}>
      <Combobox.Target>
        <TextInput
          ref={field}
          className={styles.dial}
          type="search"
          aria-label={t('dial.label')}
          aria-keyshortcuts="Control+K /"
          placeholder={t('dial.placeholder')}
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            list.openDropdown();
            list.selectFirstOption();
          }}
          onFocus={() => text && list.openDropdown()}
          onBlur={() => list.closeDropdown()}
          onKeyDown={(event) => {
            if (event.key === 'Escape') {
              setText('');
              event.currentTarget.blur();
            }
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={text.trim().length < 2}>
        <Combobox.Options aria-label={t('dial.label')}>
          {canDial && (
            <Combobox.Option value={`dial:${bareNumber(text)}`}>
              <span className={styles.found}>
                <IconPhoneOutgoing size={18} aria-hidden="true" />
                <span>{t('dial.call', { number: formatPhone(bareNumber(text)) })}</span>
              </span>
            </Combobox.Option>
          )}
          {contacts.map((contact) => (
            <Combobox.Option key={contact.contact_id} value={`contact:${contact.contact_id}`}>
              <span className={styles.found}>
                <Avatar name={contact.name} square={contact.kind === 'organisation'} size={24} />
                <span>
                  {contact.name}
                  {contact.organisation ? ` · ${contact.organisation}` : ''}
                </span>
                {contact.phones[0] && <small className="figures">{phoneWords(contact.phones[0])}</small>}
              </span>
            </Combobox.Option>
          ))}
          {!canDial && contacts.length === 0 && (
            <Combobox.Empty>{found.isFetching ? t('dial.searching') : t('dial.nothing')}</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
