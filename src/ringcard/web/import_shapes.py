"""What goes over the wire about imports, and how it comes out of an import."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ringcard.calls.record import moment
from ringcard.contacts.imports.entries import Entry
from ringcard.contacts.imports.model import ImportJob, ImportState, Progress
from ringcard.contacts.imports.problems import Problem
from ringcard.contacts.model import ContactDraft, address_as_json
from ringcard.web import shapes, wire


class NewImport(shapes.Shape, forbid_unknown_fields=True):
    """A file that is going to be sent."""

    file_name: Annotated[str, Meta(min_length=1, max_length=300)]
    size: Annotated[int, Meta(ge=1)]
    language: Literal["en", "ru"] = "en"


class ImportLayout(shapes.Shape, forbid_unknown_fields=True):
    """How the file is read. `encoding` and `separator` are for CSV (and vCard), `sheet` for XLSX."""

    kind: Literal["csv", "xlsx", "vcard"]
    encoding: Annotated[str, Meta(max_length=40)] | None = None
    separator: Annotated[str, Meta(min_length=1, max_length=1)] | None = None
    sheet: Annotated[str, Meta(max_length=200)] | None = None
    has_header: bool = True


class ImportChoices(shapes.Shape, forbid_unknown_fields=True):
    """What the columns mean, one each, and what becomes of contacts that are there already."""

    meanings: Annotated[list[str], Meta(max_length=512)]
    duplicates: Literal["skip", "update", "create"]
    match_by: Annotated[list[Literal["external_id", "name", "number", "email"]], Meta(max_length=4)]


class ImportCounts(shapes.Shape):
    rows: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    failed: int
    orders: int
    managers_unknown: int
    organisations_unknown: int


class ImportUndone(shapes.Shape):
    """What an undo did; `kept` were changed by somebody since."""

    removed: int
    restored: int
    kept: int


class Import(shapes.Shape):
    """An import. `trial` is what the last dry run found; `counts` what was done; `changes` can be undone."""

    import_id: int
    state: Literal["uploading", "ready", "trying", "running", "done", "cancelled", "failed", "undoing", "undone"]
    stopping: bool
    file_name: str
    file_size: int
    received: int
    layout: ImportLayout | None
    header: list[str]
    choices: ImportChoices | None
    counts: ImportCounts
    trial: ImportCounts | None
    position: int
    """Bytes of the file that were read, by the run or the dry run."""
    rows_per_s: float | None
    remaining_s: float | None
    undone: ImportUndone | None
    problem: str | None
    employee_id: str | None
    created_at: shapes.Moment
    started_at: shapes.Moment | None
    ended_at: shapes.Moment | None


class ImportList(shapes.Shape):
    items: list[Import]
    next: int | None


class CellProblem(shapes.Shape):
    """What is wrong with a cell, or with the whole row if there is no `column`."""

    column: str
    value: str
    reason: str
    text: str


class PreviewCard(shapes.Shape):
    """What a row would become, as far as a preview shows it."""

    kind: Literal["person", "organisation"]
    name: str
    organisation: str | None
    position: str | None
    phones: list[shapes.Phone]
    emails: list[shapes.Email]
    segment: str | None
    tags: list[str]
    vip: bool
    city: str | None
    comment: str | None
    external_id: str | None
    orders: list[str]
    addresses: list[shapes.Address]
    custom: dict[str, str]


class PreviewRow(shapes.Shape):
    """One row, and the card that it would become."""

    row: int
    cells: list[str]
    card: PreviewCard | None
    problems: list[CellProblem]


class ImportPreview(shapes.Shape):
    header: list[str]
    rows: list[PreviewRow]
    sheets: list[str]
    meanings: list[str]
    """All that a column can mean."""
    labels: dict[str, str]
    """What the company's own fields are called, by meaning."""


class BadRow(shapes.Shape):
    row: int
    problems: list[CellProblem]


class BadRows(shapes.Shape):
    """The first rows that were not taken; `errors.csv` has all of them."""

    items: list[BadRow]


class KeptContact(shapes.Shape):
    contact_id: str
    name: str


class KeptContacts(shapes.Shape):
    items: list[KeptContact]


def import_shape(job: ImportJob) -> Import:
    """The import."""
    progress = job.trial if job.state is ImportState.TRYING else job.progress
    progress = progress or Progress()
    rate, remaining = _pace(job, progress)
    choices, layout, undone = job.choices, job.layout, job.undo
    return Import(
        import_id=job.import_id,
        state=job.state.value,
        stopping=job.stop,
        file_name=sent(job.file_name),
        file_size=job.file_size,
        received=job.received,
        layout=None
        if layout is None
        else ImportLayout(
            kind=layout.kind.value,
            encoding=layout.encoding,
            separator=layout.separator,
            sheet=layout.sheet,
            has_header=layout.has_header,
        ),
        header=[sent(name) for name in job.header],
        choices=None
        if choices is None
        else ImportChoices(
            meanings=list(choices.meanings), duplicates=choices.duplicates.value, match_by=list(choices.match_by)
        ),
        counts=_counts(job.progress),
        trial=None if job.trial is None else _counts(job.trial),
        position=progress.position,
        rows_per_s=rate,
        remaining_s=remaining,
        undone=None
        if undone is None
        else ImportUndone(removed=undone.removed, restored=undone.restored, kept=undone.kept),
        problem=job.problem,
        employee_id=job.employee_id,
        created_at=moment(job.created_at) or "",
        started_at=None if job.started_at is None else moment(job.started_at),
        ended_at=None if job.ended_at is None else moment(job.ended_at),
    )


def _counts(progress: Progress) -> ImportCounts:
    counts = progress.counts
    return ImportCounts(**{name: getattr(counts, name) for name in counts.__struct_fields__})


def _pace(job: ImportJob, progress: Progress) -> tuple[float | None, float | None]:
    """Rows a second since it took up, and what the rest of the file takes at that pace."""
    if job.started_at is None or job.state not in (ImportState.TRYING, ImportState.RUNNING):
        return None, None
    seconds = (job.changed_at - job.started_at).total_seconds()
    rows, read = progress.counts.rows - progress.began_at_row, progress.position - progress.began_at_position
    if seconds <= 0 or rows <= 0 or read <= 0:
        return None, None
    return round(rows / seconds, 1), round((job.file_size - progress.position) * seconds / read, 1)


def card_of(entry: Entry | None) -> PreviewCard | None:
    """What a row would become, None if it would not."""
    draft: ContactDraft | None = None if entry is None else entry.draft
    if draft is None:
        return None
    return PreviewCard(
        kind=draft.kind.value,
        name=draft.name,
        organisation=draft.organisation,
        position=draft.position,
        phones=[shapes.Phone(number=each.number, presented=each.presented, label=each.label) for each in draft.phones],
        emails=[shapes.Email(email=each.email, label=each.label) for each in draft.emails],
        segment=draft.segment,
        tags=list(draft.tags),
        vip=draft.vip,
        city=draft.city,
        comment=draft.comment,
        external_id=draft.external_id,
        orders=[order.number for order in draft.orders or ()],
        addresses=[wire.shape(address_as_json(each), shapes.Address) for each in draft.addresses or ()],
        custom=dict(draft.custom or {}),
    )


def problems_of(entry: Entry | None, language: str) -> list[CellProblem]:
    """What is wrong with a row."""
    return [] if entry is None else [told(problem, language) for problem in entry.problems]


def told(problem: Problem, language: str) -> CellProblem:
    """A problem in a language."""
    return CellProblem(
        column=sent(problem.column),
        value=sent(problem.value),
        reason=problem.reason.value,
        text=sent(problem.told(language)),
    )


def sent(text: str) -> str:
    """A text of a file as JSON can have it, and not longer than a screen needs."""
    return text[:1_000].encode("utf-8", "replace").decode()
