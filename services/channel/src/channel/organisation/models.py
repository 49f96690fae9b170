"""Units: headquarters > province > city > county > grid > outlet, written as paths."""

from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from channel.entity import Entity


class UnitLevel(StrEnum):
    HEADQUARTERS = "headquarters"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    GRID = "grid"
    OUTLET = "outlet"


LEVELS = tuple(UnitLevel)


class OrgUnit(Entity, table=True):
    """One unit. Its code is its path, and the depth of the path is its level."""

    __tablename__ = "org_unit"
    __table_args__ = (
        Index("org_unit_by_path", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )

    code: str = Field(unique=True)
    name: str

    @property
    def level(self) -> UnitLevel:
        return LEVELS[self.code.count(".")]

    @property
    def parent_code(self) -> str | None:
        return parent_of(self.code)


def parent_of(code: str) -> str | None:
    return code.rpartition(".")[0] or None
