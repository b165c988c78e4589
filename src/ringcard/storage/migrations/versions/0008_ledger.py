"""What happened, on PostgreSQL: the tables of ledger/schema.py in a schema of their own.

Revision 0008. On SQLite the ledger is a file beside this database and brings its tables along by itself.

Ids are compared and paged by their bytes (COLLATE "C") whatever order the database has. No foreign keys: events are
the truth and never go, everything else is made of them and can be made anew.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE SCHEMA ledger",
    'CREATE TABLE ledger.ledger (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL)',
    """CREATE TABLE ledger.events (
        position bigint PRIMARY KEY,
        call_id text COLLATE "C",
        pbx text COLLATE "C",
        at bigint NOT NULL,
        tag text COLLATE "C" NOT NULL,
        body bytea NOT NULL,
        person bigint
    )""",
    "CREATE INDEX events_of_call ON ledger.events (call_id, position) WHERE call_id IS NOT NULL",
    'CREATE TABLE ledger.heard (pbx text COLLATE "C" PRIMARY KEY, until bigint NOT NULL)',
    """CREATE TABLE ledger.absorbed (
        call_id text COLLATE "C" PRIMARY KEY, into_call text COLLATE "C" NOT NULL
    )""",
    "CREATE INDEX absorbed_into ON ledger.absorbed (into_call)",
    # A record is written anew with every event of its call: room in the page keeps the indexes as they are.
    """CREATE TABLE ledger.call_records (
        call_id text COLLATE "C" PRIMARY KEY,
        pbx text COLLATE "C",
        conversation text COLLATE "C" NOT NULL,
        started_at bigint NOT NULL,
        ended_at bigint,
        direction text COLLATE "C" NOT NULL,
        disposition text COLLATE "C",
        body bytea NOT NULL
    ) WITH (fillfactor = 80)""",
    "CREATE INDEX call_records_by_start ON ledger.call_records (started_at, call_id)",
    "CREATE INDEX call_records_open ON ledger.call_records (started_at, call_id) WHERE ended_at IS NULL",
    "CREATE INDEX call_records_of_conversation ON ledger.call_records (conversation, started_at, call_id)",
    """CREATE TABLE ledger.call_devices (
        device text COLLATE "C" NOT NULL, started_at bigint NOT NULL, call_id text COLLATE "C" NOT NULL,
        PRIMARY KEY (device, started_at, call_id)
    )""",
    "CREATE INDEX call_devices_of_call ON ledger.call_devices (call_id)",
    """CREATE TABLE ledger.call_persons (
        person bigint NOT NULL, started_at bigint NOT NULL, call_id text COLLATE "C" NOT NULL,
        PRIMARY KEY (person, started_at, call_id)
    )""",
    "CREATE INDEX call_persons_of_call ON ledger.call_persons (call_id)",
    """CREATE TABLE ledger.person_keys (
        key_id bigint PRIMARY KEY, person_ref bytea NOT NULL UNIQUE, wrapped_key bytea NOT NULL
    )""",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in STATEMENTS:
            op.execute(statement)
