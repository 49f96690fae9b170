"""Fraud rules as they are shown, and as they are written."""

import re
from datetime import datetime
from typing import Any, Self

import strawberry

from kit.errors import InvalidInput
from kit.graph.scalars import Long
from loyalty.fraud import models

CODE = re.compile(r"[a-z0-9_-]{1,40}")
NAME_LENGTH = 200

ActKind = strawberry.enum(
    models.ActKind,
    name="FraudActKind",
    description="What limits are for: EARNING points, a bonus for a REFERRAL, the REDEMPTION of a "
    "reward, a part of a RED_PACKET, a chance in a LOTTERY, a TRANSFER to another member.",
)
FraudRuleKind = strawberry.enum(
    models.FraudRuleKind,
    description="VELOCITY: too much in a window. DUPLICATE: the same content again in a window. "
    "RING: too many customers with one device, payment account or address in a window. "
    "SELF_DEALING: an act of one's own making: per CUSTOMER, of whoever works for the partner of "
    "the act (attribute `works_for`) or caused it (attribute `works_as`); else of two who share "
    "the device, payment account or address.",
)
FraudMeasure = strawberry.enum(
    models.FraudMeasure, description="What VELOCITY counts: ACTS, or the POINTS they move."
)
FraudSubject = strawberry.enum(
    models.FraudSubject,
    description="By what it is counted: the CUSTOMER, the DEVICE, the payment ACCOUNT or the "
    "ADDRESS they were last met with; a DUPLICATE by CUSTOMER, or of ANYBODY.",
)
FraudAction = strawberry.enum(
    models.FraudAction,
    description="FLAG lets an act through and asks a person to look at it; HOLD lets it wait until "
    "a person has; REFUSE never lets it through.",
)


@strawberry.type(description="One version of a limit; versions never change.")
class FraudRule:
    code: str = strawberry.field(description="Its name for programs, that of all its versions.")
    version: int = strawberry.field(description="From 1.")
    name: str = strawberry.field(description="Its name for people.")
    kind: models.FraudRuleKind = strawberry.field(description="What it looks for.")
    act_kinds: list[models.ActKind] = strawberry.field(description="Which acts it is about.")
    measure: models.FraudMeasure = strawberry.field(description="What is counted.")
    per: models.FraudSubject = strawberry.field(description="By what it is counted.")
    threshold: Long = strawberry.field(description="The most that is allowed.")
    window_seconds: int = strawberry.field(description="How far apart acts count together.")
    action: models.FraudAction = strawberry.field(description="What becomes of acts above it.")
    set_by: str = strawberry.field(description="Who set this version.")
    set_at: datetime = strawberry.field(description="In force since then.")
    retired_at: datetime | None = strawberry.field(
        description="Until then; null while it is in force."
    )

    @classmethod
    def of(cls, row: models.FraudRule) -> Self:
        return cls(
            code=row.code,
            version=row.version,
            name=row.name,
            kind=models.FraudRuleKind(row.kind),
            act_kinds=[models.ActKind(each) for each in row.act_kinds],
            measure=models.FraudMeasure(row.measure),
            per=models.FraudSubject(row.per),
            threshold=Long(row.threshold),
            window_seconds=row.window_seconds,
            action=models.FraudAction(row.action),
            set_by=row.set_by,
            set_at=row.created_at,
            retired_at=row.retired_at,
        )


@strawberry.input(description="A limit as an operator sets it.")
class FraudRuleInput:
    code: str = strawberry.field(description="1 to 40 of a-z, 0-9, - and _; of all its versions.")
    name: str = strawberry.field(description="Its name for people, 1 to 200 characters.")
    kind: models.FraudRuleKind = strawberry.field(description="What it looks for.")
    act_kinds: list[models.ActKind] = strawberry.field(description="Which acts; at least one.")
    per: models.FraudSubject = strawberry.field(
        default=models.FraudSubject.CUSTOMER,
        description="By what it is counted; a RING never by CUSTOMER, only a DUPLICATE by ANYBODY.",
    )
    measure: models.FraudMeasure = strawberry.field(
        default=models.FraudMeasure.ACTS, description="POINTS only for VELOCITY."
    )
    threshold: Long = strawberry.field(
        description="The most that is allowed, 0 to 1,000,000,000,000, the act itself included; "
        "of a DUPLICATE and a RING from 1."
    )
    window_seconds: int = strawberry.field(
        default=86_400, description="How far apart acts count together: 1 to 2,678,400 (31 days)."
    )
    action: models.FraudAction = strawberry.field(
        default=models.FraudAction.HOLD, description="What becomes of acts above the threshold."
    )

    def read(self) -> dict[str, Any]:
        """The columns of the rule, or InvalidInput."""
        for field, wrong in self._wrong().items():
            if wrong is not None:
                raise InvalidInput(field, wrong)
        plain = {name: getattr(self, name) for name in ("code", "name", "window_seconds")}
        named = {name: str(getattr(self, name)) for name in ("kind", "per", "measure", "action")}
        kinds = sorted({str(each) for each in self.act_kinds})
        return {**plain, **named, "act_kinds": kinds, "threshold": int(self.threshold)}

    def _wrong(self) -> dict[str, str | None]:
        least = 1 if self.kind in LIMITED_FROM_ONE else 0
        longest = models.LONGEST_WINDOW_SECONDS
        named = self.name.strip() and self.name.isprintable() and len(self.name) <= NAME_LENGTH
        return {
            "code": None if CODE.fullmatch(self.code) else "is 1 to 40 of a-z, 0-9, - and _",
            "name": None if named else f"takes 1 to {NAME_LENGTH} printable characters",
            "actKinds": None if self.act_kinds else "names at least one",
            "per": self._wrong_subject(),
            "measure": self._wrong_measure(),
            "threshold": None
            if least <= self.threshold <= models.MOST_ALLOWED
            else f"is {least} to {models.MOST_ALLOWED}",
            "windowSeconds": None if 1 <= self.window_seconds <= longest else f"is 1 to {longest}",
        }

    def _wrong_subject(self) -> str | None:
        duplicate = self.kind == models.FraudRuleKind.DUPLICATE
        if duplicate and self.per not in (
            models.FraudSubject.CUSTOMER,
            models.FraudSubject.ANYBODY,
        ):
            return "is CUSTOMER or ANYBODY for a DUPLICATE"
        if self.per == models.FraudSubject.ANYBODY and not duplicate:
            return "is ANYBODY only for a DUPLICATE"
        if self.kind == models.FraudRuleKind.RING and self.per not in models.MARKED:
            return "is DEVICE, ACCOUNT or ADDRESS for a RING"
        return None

    def _wrong_measure(self) -> str | None:
        counts_acts = self.measure == models.FraudMeasure.ACTS
        velocity = self.kind == models.FraudRuleKind.VELOCITY
        return None if counts_acts or velocity else "is POINTS only for VELOCITY"


LIMITED_FROM_ONE = (models.FraudRuleKind.DUPLICATE, models.FraudRuleKind.RING)
