"""The tables of the desk: what employees chose, callers whom nobody answered, and what travels with a conversation."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, text

from ringcard.people.tables import employees
from ringcard.storage.schema import Moment, metadata

desk_preferences = Table(
    "desk_preferences",
    metadata,
    Column("employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="CASCADE"), primary_key=True),
    Column("pop_when", String(16), nullable=False),
    Column("ring_sound", Boolean, nullable=False),
    Column("notify", Boolean, nullable=False),
    Column("missed_mail", Boolean, nullable=False),
    Column("mail_address", String(320)),
    Column("auto_answer", Boolean, nullable=False, server_default=false()),
    Column("changed_at", Moment, nullable=False),
)

caller_choices = Table(
    "caller_choices",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("contact_id", String(200), nullable=False),
    Column("employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="SET NULL")),
    Column("chosen_at", Moment, nullable=False),
)
"""`contact_id` may be another source's, so it refers to no table of ours."""

missed_callers = Table(
    "missed_callers",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("missed_id", String(26), nullable=False, unique=True),
    Column("name", String(200)),
    Column("times", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("queue", String(200)),
    Column("devices", Text, nullable=False),
    Column("calls", Text, nullable=False),
    Column("handled", String(16)),
    Column("handled_at", Moment),
    Column("handled_by", String(26), ForeignKey(employees.c.employee_id, ondelete="SET NULL")),
    Column("handled_call", String(64)),
    Column("assignee_id", String(26)),
)
"""`devices` and `calls` are JSON lists: they are only ever read with their row."""

handovers = Table(
    "handovers",
    metadata,
    Column("handover_id", String(26), primary_key=True),
    Column("call_id", String(64), nullable=False),
    Column("conversation_id", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("from_employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="SET NULL")),
    Column("from_name", String(200), nullable=False),
    Column("from_device", String(80), nullable=False),
    Column("to_employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="SET NULL")),
    Column("to_name", String(200), nullable=False),
    Column("to_device", String(80)),
    Column("to_queue", String(200)),
    Column("to_number", String(64)),
    Column("note", Text, nullable=False),
    Column("reason", String(200)),
    Column("made_at", Moment, nullable=False),
    Column("read_at", Moment),
    Column("outcome", String(16), nullable=False),
    Column("outcome_at", Moment),
    Column("why", String(32)),
)

note_drafts = Table(
    "note_drafts",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    Column("employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="CASCADE"), primary_key=True),
    Column("call_id", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
)

call_data = Table(
    "call_data",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("items", Text, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
)
"""`items` is a JSON object: it is only ever read whole."""

wrap_ups = Table(
    "wrap_ups",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", String(64), nullable=False),
    Column("outcome", String(40)),
    Column("note", Text, nullable=False),
    Column("order_number", String(100)),
    Column("at", Moment, nullable=False),
    Column("for_card_since", Moment),
    Index(
        "ix_wrap_ups_for_card",
        "for_card_since",
        sqlite_where=text("for_card_since IS NOT NULL"),
        postgresql_where=text("for_card_since IS NOT NULL"),
    ),
)
"""`for_card_since`: the note is to go on the card still, because there is none yet, or it could not be written."""

employee_states = Table(
    "employee_states",
    metadata,
    Column("employee_id", String(26), ForeignKey(employees.c.employee_id, ondelete="CASCADE"), primary_key=True),
    Column("chosen", String(16), nullable=False),
    Column("reason", String(200)),
    Column("chosen_at", Moment),
    Column("source", String(16), nullable=False),
    Column("present", Boolean, nullable=False),
    Column("after_call_until", Moment),
    Column("owed", Boolean, nullable=False),
    Column("added", Text, nullable=False),
)
"""`added` is a JSON list of [pbx, queue, device]."""

phone_words = Table(
    "phone_words",
    metadata,
    Column("pbx", String(64), primary_key=True),
    Column("device", String(80), primary_key=True),
    Column("takes", String(400), nullable=False),
    Column("user_agent", String(400), nullable=False),
    Column("heard_at", Moment, nullable=False),
)
"""What phones let themselves be told: `takes` is words with spaces between."""

__all__ = [
    "call_data",
    "caller_choices",
    "desk_preferences",
    "employee_states",
    "handovers",
    "missed_callers",
    "note_drafts",
    "phone_words",
    "wrap_ups",
]
