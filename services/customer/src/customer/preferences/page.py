"""The page itself: HTML without scripts, for every browser, size and scheme of colours."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final

from customer.preferences.queries import Choice
from customer.preferences.texts import Texts, other_than

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --quiet: #57606a;
  --line: #d0d7de; --strong: #0b57d0; --on-strong: #ffffff; --good: #e6f4ea; --bad: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #12161c; --quiet: #9da7b3;
  --line: #3b434d; --strong: #8ab4f8; --on-strong: #0b1a33; --good: #12351f; --bad: #45191a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
nav { text-align: right; }
a { color: var(--strong); }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0 1rem; }
fieldset { border: 1px solid var(--line); border-radius: .75rem; margin: 1.25rem 0;
  padding: .5rem 1rem 1rem; }
legend { font-weight: 600; padding: 0 .35rem; }
p.by { color: var(--quiet); margin: .25rem 0; }
label { display: flex; align-items: center; gap: .75rem; min-height: 2.75rem; cursor: pointer; }
input[type=checkbox] { width: 1.4rem; height: 1.4rem; accent-color: var(--strong); flex: none; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem;
  border-radius: .6rem; border: 2px solid var(--strong); cursor: pointer; width: 100%; }
button.save { background: var(--strong); color: var(--on-strong); }
button.stop { background: transparent; color: var(--strong); margin-top: 1rem; }
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
.hint { color: var(--quiet); font-size: .9rem; margin: .4rem 0 0; }
.notice { border-radius: .6rem; padding: .75rem 1rem; background: var(--good); }
.notice.bad { background: var(--bad); }
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}


def preferences(texts: Texts, choices: Iterable[Choice], code: str, notice: str = "") -> str:
    """The form: each purpose with its channels, saved together, or everything stopped."""
    purposes: dict[str, list[Choice]] = {}
    for each in choices:
        purposes.setdefault(each.purpose, []).append(each)
    sets = "".join(_fieldset(texts, purpose, each) for purpose, each in purposes.items())
    said = f'<p class="notice" role="status">{escape(notice)}</p>' if notice else ""
    return _page(
        texts,
        f"""{said}<p>{escape(texts.intro)}</p>
<form method="post" action="?lang={texts.code}">
<input type="hidden" name="form" value="{escape(code)}">
{sets}
<button class="save" name="action" value="save">{escape(texts.save)}</button>
<button class="stop" name="action" value="stop" aria-describedby="stop-hint">{escape(texts.stop)}</button>
<p class="hint" id="stop-hint">{escape(texts.stop_hint)}</p>
</form>""",
    )


def message(texts: Texts, said: str, *, bad: bool = True) -> str:
    """A page that only says something, and what to do next."""
    role, kind = ("alert", "notice bad") if bad else ("status", "notice")
    more = f"<p>{escape(texts.what_to_do)}</p>" if bad else ""
    return _page(texts, f'<p class="{kind}" role="{role}">{escape(said)}</p>{more}')


def _fieldset(texts: Texts, purpose: str, choices: Iterable[Choice]) -> str:
    boxes = "".join(_box(texts, each) for each in choices)
    return (
        f"<fieldset><legend>{escape(texts.purpose(purpose))}</legend>"
        f'<p class="by">{escape(texts.by)}</p>{boxes}</fieldset>'
    )


def _box(texts: Texts, choice: Choice) -> str:
    checked = " checked" if choice.granted else ""
    name = escape(choice.name)
    return (
        f'<input type="hidden" name="shown" value="{name}:{"yes" if choice.granted else "no"}">'
        f'<label><input type="checkbox" name="yes" value="{name}"{checked}>'
        f"{escape(texts.kind(choice.channel_kind))}</label>"
    )


def _page(texts: Texts, body: str) -> str:
    other = other_than(texts)
    return f"""<!doctype html>
<html lang="{texts.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(texts.title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<nav><a href="?lang={other.code}" hreflang="{other.code}" lang="{other.code}">{texts.other_language}</a></nav>
<h1>{escape(texts.title)}</h1>
{body}
</main>
</body>
</html>"""
