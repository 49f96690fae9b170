"""What goes over the wire of an import."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from customer.imports.lines import Unreadable
from customer.imports.mapping import PRINTABLE, Column, Mapping
from customer.imports.models import (
    AFTER_HEADER,
    FIRST_LINE,
    LAST_LINE,
    CustomerImport,
    ImportRejection,
    ImportState,
)
from customer.imports.originals import shown
from customer.imports.sending import MOST_RECORDS, Sent


class NewImport(BaseModel):
    """A file, and what its columns mean."""

    source: str = Field(
        min_length=1, max_length=255, pattern=PRINTABLE, description="The file's name, for people."
    )
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file, in hex.")
    mapping: Mapping = Field(description="What is made of each line.")
    columns: list[Column] = Field(min_length=1, max_length=2_000, description="The header.")
    first_line: int = Field(
        AFTER_HEADER,
        ge=FIRST_LINE,
        le=AFTER_HEADER,
        description="1 when the file has no header, as JSON lines have none.",
    )
    dry_run: bool = Field(
        False,
        description="Says what would become of the lines, and changes no customer. One that is "
        "complete begins anew when it is opened again.",
    )


LineNumber = Annotated[int, Field(ge=FIRST_LINE, le=LAST_LINE)]


class UnreadableLine(BaseModel):
    """A line that no record could be made of."""

    line: LineNumber = Field(description="As an editor counts lines.")
    reason: str = Field(
        min_length=1, max_length=300, pattern=PRINTABLE, description="What is wrong with it."
    )
    text: str = Field("", max_length=10_000, description="As it stands in the file.")


class NewLines(BaseModel):
    """The next lines of the file."""

    first_line: int = Field(
        ge=FIRST_LINE, le=LAST_LINE, description="Must be the import's `next_line`."
    )
    records: list[list[str | None]] = Field(
        default_factory=list,
        max_length=MOST_RECORDS,
        description="The values of each line, in the order of the header.",
    )
    lines: list[LineNumber] | None = Field(
        None, description="The number of each line, where they don't follow one another."
    )
    unreadable: list[UnreadableLine] = Field(
        default_factory=list,
        max_length=MOST_RECORDS,
        description="Lines in between that no record could be made of: they are rejected.",
    )

    def sent(self) -> Sent:
        unreadable = [(each.line, Unreadable(each.reason, each.text)) for each in self.unreadable]
        return Sent.of(self.first_line, self.records, self.lines, unreadable)


class AttributeCounts(BaseModel):
    """What a column said."""

    blanks: int = Field(description="Good lines without a value.")
    values: dict[str, int] | None = Field(
        description="How often each value came, while there are at most 12; else null."
    )


class Counts(BaseModel):
    """What became of the lines so far."""

    lines: int = Field(description="Lines taken: the sum of the next four.")
    registered: int = Field(description="Lines that made somebody known.")
    changed: int = Field(description="Lines that changed somebody known before.")
    unchanged: int = Field(description="Lines that said what was known.")
    rejected: int = Field(description="The first 100,000 are kept, for a month.")
    rejected_by_field: dict[str, int] = Field(description="Rejected lines by what was wrong.")
    by_status: dict[str, int] = Field(description="Good lines by the status of their customer.")
    attributes: dict[str, AttributeCounts] = Field(description="By attribute, as mapped.")


class Rejection(BaseModel):
    """A line that was refused."""

    line: int = Field(description="As an editor counts lines.")
    field: str = Field(description="The column, or what of the line was wrong.")
    reason: str = Field(description="What is wrong with it, for people.")
    original: str = Field(
        description="The line, its first 2,000 characters. Whole for whoever began the import and "
        "those who see names whole; masked for everybody else, as what the reason repeats of it."
    )

    @classmethod
    def of(cls, refused: ImportRejection, *, whole: bool) -> "Rejection":
        return cls.model_validate(shown(refused, whole=whole))


class Progress(BaseModel):
    """How far an import is."""

    id: UUID = Field(description="Of the import.")
    source: str = Field(description="The file's name.")
    dry_run: bool = Field(description="Whether lines are only tried.")
    state: ImportState = Field(description="open, or complete: nothing more is taken.")
    next_line: int = Field(description="The line that is to be sent next; a header is line 1.")
    counts: Counts = Field(description="What became of the lines so far.")

    @classmethod
    def of(cls, progress: CustomerImport) -> "Progress":
        return cls(
            id=progress.id,
            source=progress.source,
            dry_run=progress.dry_run,
            state=ImportState(progress.state),
            next_line=progress.next_line,
            counts=Counts.model_validate(progress.counts),
        )


class TakenLines(Progress):
    """How far it is, and what was refused of these lines."""

    rejections: list[Rejection] = Field(description="The lines of this request that were refused.")


class Rejections(BaseModel):
    """A page of refused lines."""

    rejections: list[Rejection] = Field(description="In the order of the file.")
    next: int | None = Field(description="Pass as `after` to go on; null at the end.")
