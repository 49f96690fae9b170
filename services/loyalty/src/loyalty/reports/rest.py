"""Reports as files, for spreadsheets and for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Response

from kit.cells import MEDIA_TYPE, csv_lines
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.rest import CallerOf, DatabaseOf
from loyalty.currencies.models import POINTS
from loyalty.reports import breakage
from loyalty.reports.models import NO_CAMPAIGN
from loyalty.reports.months import checked_span
from loyalty.reports.queries import costs, flows, forecasts, standing
from loyalty.reports.queries.flows import Asked, Movements
from loyalty.reports.queries.standing import Liability
from loyalty.settlements.queries import PartnerMonth, figures_of

ANSWERS: Any = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        }
    }
}


class ReportForm(StrEnum):
    CSV = "csv"
    JSON = "json"


Form: TypeAlias = Annotated[ReportForm, Query(description="csv, or json: a list of objects.")]
MONTH: Final = r"^[12][0-9]{3}-(0[1-9]|1[0-2])$"
Month: TypeAlias = Annotated[str, Query(pattern=MONTH, description="In UTC: YYYY-MM.")]
SomeMonth: TypeAlias = Annotated[
    str | None, Query(pattern=MONTH, description="In UTC: YYYY-MM; without one, how it is now.")
]

router = APIRouter(prefix="/v1/reports", tags=["reports"])


def asked_for(
    caller: CallerOf,
    since: Month,
    until: Month,
    currency: Annotated[str | None, Query(max_length=40, description="Only this one's.")] = None,
    campaign: Annotated[UUID | None, Query(description="Only what it gave.")] = None,
    by_tier: Annotated[bool, Query(description="Tell tiers apart.")] = False,
    by_campaign: Annotated[bool, Query(description="Tell campaigns apart.")] = False,
    by_unit: Annotated[bool, Query(description="Tell units apart.")] = False,
) -> Asked:
    """What of a report is wanted; Forbidden for whoever may read none."""
    unit = _unit(caller)
    checked_span(since, until)
    return Asked(
        since=since,
        until=until,
        seen_from=unit,
        currency=currency,
        campaign=campaign,
        by_tier=by_tier,
        by_campaign=by_campaign,
        by_unit=by_unit,
    )


AskedFor: TypeAlias = Annotated[Asked, Depends(asked_for)]


@router.get(
    "/movements", summary="How points moved by month", responses=ANSWERS, response_class=Response
)
async def report_movements(
    asked: AskedFor, database: DatabaseOf, form: Form = ReportForm.CSV
) -> Response:
    """The same as `pointsMovements` in the graph, for members in your unit.

    net = earned - burned + returned - reversed - expired + adjusted + transferred. At most 36
    months; refused where it comes to more than 5,000 rows. Roles: analyst, operator.
    """
    async with database.reading() as session:
        rows = [asdict(row) for row in await flows.movements(session, asked)]
    for row in rows:
        if row["campaign_id"] == NO_CAMPAIGN:
            row["campaign_id"] = None
    return _answer("movements", form, list(Movements.__slots__), rows)


@router.get(
    "/costs", summary="What was handed out has cost", responses=ANSWERS, response_class=Response
)
async def report_costs(
    asked: AskedFor, database: DatabaseOf, form: Form = ReportForm.CSV
) -> Response:
    """The same as `rewardCosts` in the graph: by month, kind and money, in its minor units.

    cost_minor = given_minor - returned_minor. At most 36 months; refused where it
    comes to more than 5,000 rows. Roles: analyst,
    operator.
    """
    async with database.reading() as session:
        rows = [asdict(row) for row in await costs.reward_costs(session, asked)]
    return _answer("costs", form, list(costs.RewardCosts.__slots__), rows)


@router.get("/breakage", summary="What will expire", responses=ANSWERS, response_class=Response)
async def report_breakage(
    caller: CallerOf,
    database: DatabaseOf,
    currency: Annotated[str, Query(max_length=40, description="Its code.")] = POINTS,
    form: Form = ReportForm.CSV,
) -> Response:
    """As `pointsBreakage` in the graph: of all months first, then by month of expiry.

    No rows while it is too early to say. For headquarters. Roles: analyst, operator.
    """
    _unit(caller)
    forecasts.require_headquarters(caller)
    async with database.reading() as session:
        found = await forecasts.breakage_of(session, currency)
    rows = [asdict(row) for row in breakage.lines(currency, found)] if found else []
    return _answer("breakage", form, list(breakage.Line.__slots__), rows)


@router.get("/liability", summary="What members have", responses=ANSWERS, response_class=Response)
async def report_liability(
    caller: CallerOf,
    database: DatabaseOf,
    since: SomeMonth = None,
    until: SomeMonth = None,
    form: Form = ReportForm.CSV,
) -> Response:
    """By currency and tier: now, or with `since` and `until` at the end of each month.

    outstanding = available + pending + locked; a debt is what members owe.

    Roles: analyst, operator.
    """
    unit = _unit(caller)
    if (since is None) != (until is None):
        raise InvalidInput("until", "comes with since, or neither does")
    if since and until:
        checked_span(since, until)
    async with database.reading() as session:
        if since and until:
            found = await standing.liability_at_months_end(session, since, until, unit)
        else:
            found = await standing.liability_now(session, unit)
    rows = [asdict(row) | {"outstanding": row.outstanding} for row in found]
    return _answer("liability", form, [*Liability.__slots__, "outstanding"], rows)


@router.get(
    "/partner-funding", summary="What partners pay for", responses=ANSWERS, response_class=Response
)
async def report_partner_funding(
    caller: CallerOf, database: DatabaseOf, month: Month, form: Form = ReportForm.CSV
) -> Response:
    """As `partnerPoints` in the graph: by partner and currency. Roles: analyst, operator."""
    unit = _unit(caller)
    async with database.reading() as session:
        found = await figures_of(session, month, None, unit)
    rows = [asdict(row) for row in found]
    return _answer("partner-funding", form, list(PartnerMonth.__slots__), rows)


def _unit(caller: Caller) -> str:
    caller.require_role("analyst", "operator")
    return caller.unit or ""


def _answer(
    name: str, form: ReportForm, columns: Sequence[str], rows: Sequence[dict[str, Any]]
) -> Response:
    if form == ReportForm.JSON:
        return Response(orjson.dumps(rows, default=str), media_type="application/json")
    sheet = csv_lines([columns, *([row[column] for column in columns] for row in rows)])
    return Response(
        sheet,
        media_type=MEDIA_TYPE,
        headers={"content-disposition": f"attachment; filename={name}.csv"},
    )
