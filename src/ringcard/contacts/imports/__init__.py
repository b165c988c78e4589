"""Contacts out of files: what is in the file, what its columns mean, what is wrong with its rows, and how to undo it.

    file ──reading──▶ records ──columns, drafts──▶ checked contacts ──pipeline──▶ batches in the database
          delimited, xlsx, vcard                    or problems, told a row        or counts only (a dry run)

Everything is streamed: no list here grows with the file. A job (`store`) says how far it came in the same transaction
that writes the batch, so a job that was killed goes on where it stopped and doubles nothing. Jobs run in a process of
their own (`runner`, `worker`): whoever is on the phone meanwhile does not notice.
"""
