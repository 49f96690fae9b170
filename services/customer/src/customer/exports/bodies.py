"""What goes over the wire of an export."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from customer.exports.commands import MOST_IDS
from customer.exports.models import CustomerExport, ExportForm
from customer.imports.mapping import Mapping


class NewExport(BaseModel):
    """What is to be written, of whom, and how."""

    unit: str | None = Field(
        None, description="Whose subtree; the caller's own if absent. With a mapping: its `unit`."
    )
    mapping: Mapping | None = Field(
        None, description="Which columns to write; without one, all that an import can take."
    )
    form: ExportForm = Field(ExportForm.CSV, description="csv, or jsonl: an object a line.")
    ids: list[UUID] | None = Field(
        None, max_length=MOST_IDS, description="Only these customers, as far as they are in there."
    )
    segment: str | None = Field(
        None, max_length=64, description="Only who is in the segment of this code while it is read."
    )
    whole: bool = Field(
        False,
        description="Names and identifiers in full, rather than masked: takes an operator "
        "with the scope privacy:handle, who says why in the header Octoreach-Purpose.",
    )


class Export(BaseModel):
    """What is exported; it is read page by page, or as one file."""

    id: UUID = Field(description="Of the export.")
    created_at: AwareDatetime = Field(description="Who was registered later is not in it.")
    unit: str = Field(description="Whose subtree is in it.")
    form: ExportForm = Field(description="csv or jsonl.")
    whole: bool = Field(description="Whether names and identifiers are told in full.")
    segment_id: UUID | None = Field(description="Whose members; null: of no segment.")
    mapping: dict[str, Any] = Field(description="Imports the same file again.")

    @classmethod
    def of(cls, export: CustomerExport) -> "Export":
        return cls.model_validate(export, from_attributes=True)
