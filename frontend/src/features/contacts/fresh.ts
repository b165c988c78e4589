/** One contact can come from a pop, from a page and from our own change; the newest wins, and no note is lost. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';

import { server } from '../../api/server';
import type { Contact, Note } from '../../api/types';

export const contactKey = (contactId: string): string[] => ['contact', contactId];

export function fresher(a: Contact, b: Contact): Contact {
  const newer =
    a.version !== b.version ? (a.version > b.version ? a : b) : a.updated_at >= b.updated_at ? a : b;
  const notes = new Map<string, Note>();
  for (const note of [...a.notes, ...b.notes]) notes.set(note.note_id, note);
  if (notes.size === newer.notes.length) return newer;
  return { ...newer, notes: [...notes.values()].sort((x, y) => y.at.localeCompare(x.at)) };
}

/** The contact of a pop, with whatever this browser learned of it since. Asks the server for nothing. */
export function useFreshContact(contact: Contact | null): Contact | null {
  const queries = useQueryClient();
  const known = useQuery({
    queryKey: contactKey(contact?.contact_id ?? ''),
    queryFn: () => server.contact(contact?.contact_id ?? ''),
    enabled: false,
  });
  useEffect(() => {
    if (!contact) return;
    queries.setQueryData<Contact>(contactKey(contact.contact_id), (before) =>
      before ? fresher(contact, before) : contact,
    );
  }, [contact, queries]);
  return useMemo(
    () => (contact && known.data ? fresher(contact, known.data) : contact),
    [contact, known.data],
  );
}
