"""The tables of people: employees, their devices and their sessions."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Table

from ringcard.storage.schema import Moment, metadata

employees = Table(
    "employees",
    metadata,
    Column("employee_id", String(26), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("language", String(8)),
    Column("password_hash", String(200)),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)
"""`login` is kept folded (case does not matter); without a `password_hash` nobody can sign in."""

employee_devices = Table(
    "employee_devices",
    metadata,
    Column("device", String(64), primary_key=True),
    Column(
        "employee_id",
        String(26),
        ForeignKey("employees.employee_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
)
"""A device belongs to one employee; an employee may have several."""

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column(
        "employee_id",
        String(26),
        ForeignKey("employees.employee_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
)
"""`token_hash` is the SHA-256 of the cookie: who reads the database cannot sign in with it."""
