"""How partners stand, as the newest step that was told says."""

from loyalty.columns import long, words
from loyalty.entity import Row

ACTIVE = "active"


class PartnerStanding(Row, table=True):
    """How far a partner has come: it acts only while active."""

    __tablename__ = "partner_standing"

    code: str = words(primary_key=True)
    version: int = long()
    state: str = words()
