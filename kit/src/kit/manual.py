"""The manual: a page to read and try a service's REST API on, without the internet.

Swagger UI over the service's OpenAPI document, from files that came with the installation.
"""

from html import escape
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

from kit.errors import NotFound

PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  <link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
  <div id="manual"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#manual",
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""
ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})
POLICY = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'",
}


def manual(title: str) -> APIRouter:
    """The page at /docs, for whoever can reach the service."""
    router = APIRouter(include_in_schema=False)
    page = PAGE.format(title=escape(title))

    @router.get("/docs")
    async def show_manual() -> HTMLResponse:
        return HTMLResponse(page, headers=POLICY)

    @router.get("/docs/start.js")
    async def start_manual() -> HTMLResponse:
        return HTMLResponse(START, media_type="text/javascript")

    @router.get("/docs/{name}")
    async def show_asset(name: str) -> FileResponse:
        if name not in ASSETS:
            raise NotFound("file", name)
        return FileResponse(assets() / name, headers={"Cache-Control": "max-age=3600"})

    return router


def assets() -> Path:
    """The folder of Swagger UI's own files; the package around them is not imported."""
    package = find_spec("flask_swagger_ui")
    if package is None or package.origin is None:
        raise NotFound("package", "flask-swagger-ui")
    return Path(package.origin).parent / "dist"
