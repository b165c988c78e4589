"""Why we do not hear a PBX, as words that stay: the connectors give them, the screens speak by them."""

from __future__ import annotations

from enum import StrEnum


class LinkCause(StrEnum):
    """Why a connection is not as it should be. A screen says by it, in its reader's language, what to do."""

    UNKNOWN_HOST = "unknown_host"
    """The name of the host is not known."""
    CLOSED = "closed"
    """Nothing listens at the address."""
    NO_ANSWER = "no_answer"
    """Nothing answers at the address."""
    NO_WAY = "no_way"
    """There is no way to the address from here."""
    CERTIFICATE = "certificate"
    NO_TLS = "no_tls"
    CA_FILE = "ca_file"
    """The file with the authority of the certificate cannot be read."""
    SILENT = "silent"
    """Something accepts connections and says nothing."""
    HUNG_UP = "hung_up"
    """Something accepts connections and ends them at once."""
    NOT_AMI = "not_ami"
    """What it says is not what a PBX says."""
    NOT_ANSWERING = "not_answering"
    """It let us in, and then no longer answered."""
    BROKEN = "broken"
    """The connection was there, and ended."""
    DENIED = "denied"
    """Account, secret or our address (`about` has it) is not taken."""
    NO_CHALLENGE = "no_challenge"
    """The secret would have to be sent in the clear."""
    TOO_OLD = "too_old"
    PERMISSION_MISSING = "permission_missing"
    """`about` names what the account may not: `read.call`, `write.originate`."""
