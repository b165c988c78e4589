"""The table of settings."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from ringcard.storage.schema import Moment, metadata

settings = Table(
    "settings",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("secrets", LargeBinary),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(26)),
)
"""`name` is a section (`company`) or a PBX (`pbx:office`); `body` is JSON, `secrets` JSON sealed by the master key.

`changed_by` is no foreign key: who set something stays known when the employee is gone."""
