"""GraphiQL, with its assets from an installed package: works without the internet."""

from functools import lru_cache
from importlib.resources import files
from typing import Final

from gateway.http.asgi import Reply

ASSETS: Final = "graphene_django_graphiql_static"
PATH: Final = "/graphiql/"
MEDIA_TYPES: Final = {".js": b"text/javascript; charset=utf-8", ".css": b"text/css; charset=utf-8"}
SCRIPTS: Final = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "graphql-ws.min.js",
)
POLICY: Final = (
    b"default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    b"connect-src 'self' ws: wss:; img-src 'self' data:; font-src 'self' data:; worker-src blob:; "
    b"frame-ancestors 'none'; base-uri 'none'"
)

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>GraphiQL</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{path}graphiql.min.css">
<link rel="stylesheet" href="{path}style.css">
<link rel="stylesheet" href="{path}page.css">
{scripts}
<script defer src="{path}page.js"></script>
</head>
<body><div id="graphiql"></div></body>
</html>
"""

STYLE: Final = b"html, body, #graphiql { height: 100%; margin: 0; overflow: hidden; }\n"

SCRIPT: Final = b"""\
const url = new URL(location.href);
url.search = "";
const socket = new URL(url);
socket.protocol = url.protocol === "https:" ? "wss:" : "ws:";
const wsClient = graphqlWs.createClient({ url: socket.href, lazy: true });
const fetcher = GraphiQL.createFetcher({ url: url.href, wsClient });
ReactDOM.render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultEditorToolsVisibility: true,
    shouldPersistHeaders: false,
  }),
  document.getElementById("graphiql"),
);
"""


@lru_cache(maxsize=1)
def page() -> Reply:
    scripts = "\n".join(f'<script defer src="{PATH}{name}"></script>' for name in SCRIPTS)
    return Reply(
        200,
        PAGE.format(path=PATH, scripts=scripts).encode(),
        b"text/html; charset=utf-8",
        ((b"content-security-policy", POLICY), (b"x-content-type-options", b"nosniff")),
    )


@lru_cache(maxsize=32)
def asset(name: str) -> Reply:
    """One of the page's files; 404 for whatever else is asked for."""
    own = {"page.js": SCRIPT, "page.css": STYLE}
    suffix = name[name.rfind(".") :] if "." in name else ""
    known = files(ASSETS).joinpath("static", ASSETS)
    if name not in own and (suffix not in MEDIA_TYPES or name not in _names()):
        return Reply(404)
    body = own[name] if name in own else known.joinpath(name).read_bytes()
    caching = (b"cache-control", b"public, max-age=3600")
    return Reply(200, body, MEDIA_TYPES[suffix], (caching, (b"x-content-type-options", b"nosniff")))


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(each.name for each in files(ASSETS).joinpath("static", ASSETS).iterdir())
