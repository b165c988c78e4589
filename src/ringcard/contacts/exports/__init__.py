"""Contacts into files: CSV, XLSX and vCard, streamed, and such that importing them again loses nothing."""
