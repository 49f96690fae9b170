"""The preference page over HTTP, for browsers and for mail programs."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from structlog import get_logger

from customer.limits.buckets import Limit
from customer.preferences import commands, page
from customer.preferences.commands import Visit
from customer.preferences.forms import read_form
from customer.preferences.links import (
    Link,
    LinkExpired,
    LinkRefused,
    form_code,
    is_form_code,
    read_link,
)
from customer.preferences.queries import Choice, choices_of
from customer.preferences.texts import Texts, texts_for
from customer.profiles.queries import Shown, customer_by_id
from kit.database import Database
from kit.rest import DatabaseOf

ONE_CLICK: Final = "One-Click"
LOOKS: Final = Limit("look", 120, 60)
CHANGES: Final = Limit("change", 30, 60)
GUESSES: Final = Limit("guess", 600, 60)
Language = Annotated[str | None, Query(max_length=10)]
log = get_logger(__name__)
router = APIRouter(prefix="/preferences", include_in_schema=False)


class Refused(Exception):
    """Answered with a page that says why."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.said = said


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever came by a link that is good."""

    link: Link
    customer: Shown
    texts: Texts

    @property
    def visit(self) -> Visit:
        return Visit(self.customer.id, self.link, self.texts.version)


@router.get("/{token}")
async def show(
    request: Request, database: DatabaseOf, token: str, lang: Language = None, done: str = ""
) -> Response:
    texts = texts_for(lang, request.headers.get("accept-language", ""))
    try:
        visitor = await _visitor(request, database, token, texts, LOOKS)
    except Refused as refused:
        return _html(page.message(texts, refused.said), refused.status)
    notice = {"saved": texts.saved, "stopped": texts.stopped}.get(done, "")
    choices = choices_of(visitor.customer.consents)
    return _html(page.preferences(texts, choices, form_code(token), notice))


@router.post("/{token}")
async def change(
    request: Request, database: DatabaseOf, token: str, lang: Language = None
) -> Response:
    texts = texts_for(lang, request.headers.get("accept-language", ""))
    try:
        visitor = await _visitor(request, database, token, texts, CHANGES)
        form = read_form(request.headers.get("content-type", ""), await request.body())
        if form.get("List-Unsubscribe") == [ONE_CLICK]:
            return await _unsubscribe(database, visitor)
        return await _change(request, database, visitor, form)
    except Refused as refused:
        return _html(page.message(texts, refused.said), refused.status)


async def _visitor(
    request: Request, database: Database, token: str, texts: Texts, limit: Limit
) -> Visitor:
    """The customer behind the link. One who is gone looks like a link that is too old."""
    try:
        link = read_link(token)
    except LinkExpired as old:
        raise Refused(410, texts.expired) from old
    except LinkRefused as unknown:
        client = request.client.host if request.client else ""
        allowed = await GUESSES.allows(database, client)
        raise Refused(
            404 if allowed else 429, texts.unknown if allowed else texts.too_many
        ) from unknown
    if not await limit.allows(database, str(link.customer_id)):
        raise Refused(429, texts.too_many)
    async with database.reading() as session:
        customer = await customer_by_id(session, link.customer_id)
    if customer is None:
        raise Refused(410, texts.expired)
    return Visitor(link, customer, texts)


async def _unsubscribe(database: Database, visitor: Visitor) -> Response:
    """Answered where it was asked, without cookies, scripts or a second page."""
    async with database.transaction() as session:
        await commands.unsubscribe(session, visitor.visit)
    log.info("unsubscribed", customer_id=str(visitor.customer.id))
    texts = visitor.texts
    return _html(page.message(texts, texts.unsubscribed, bad=False))


async def _change(
    request: Request, database: Database, visitor: Visitor, form: dict[str, list[str]]
) -> Response:
    """What the customer clicked, and nothing of what they did not: the page may be an old one."""
    foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    code = (form.get("form") or [""])[0]
    if foreign or not is_form_code(visitor.link.token, code):
        raise Refused(403, visitor.texts.refused)
    choices = choices_of(visitor.customer.consents)
    stopping = form.get("action") == ["stop"]
    async with database.transaction() as session:
        if stopping:
            purposes = dict.fromkeys(each.purpose for each in choices)
            await commands.stop_everything(session, visitor.visit, purposes)
        else:
            await commands.choose(session, visitor.visit, _clicked(choices, form))
    done = "stopped" if stopping else "saved"
    log.info("preferences_changed", customer_id=str(visitor.customer.id), how=done)
    place = f"/preferences/{quote(visitor.link.token)}?lang={visitor.texts.code}&done={done}"
    return RedirectResponse(place, 303, page.HEADERS)


def _clicked(choices: list[Choice], form: dict[str, list[str]]) -> list[Choice]:
    shown, wanted = set(form.get("shown", ())), set(form.get("yes", ()))
    return [
        Choice(each.purpose, each.channel_kind, each.name in wanted)
        for each in choices
        if f"{each.name}:{'no' if each.name in wanted else 'yes'}" in shown
    ]


def _html(content: str, status: int = 200) -> Response:
    headers = page.HEADERS | ({"Retry-After": "60"} if status == 429 else {})
    return HTMLResponse(content, status, headers)
