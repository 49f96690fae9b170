"""The REST API of a service as one application, described for those who call it."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel, ConfigDict, Field

from kit import problems
from kit.manual import manual

VERSION = "1"
PROBLEM = "Problem"
# The edge traces and counts requests; FastAPI's own would do it again inside.
SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
}


class Problem(BaseModel):
    """Why a request was refused, as RFC 9457 has it; some say more, such as `field`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="about:blank: the status says what kind it is.")
    title: str = Field(description="The refusal's name, stable for programs.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="The reason, for people.")


REFUSED: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused, and nothing was changed. 401: no token, or one that can't be "
        "believed. 403: not for this role, scope or unit. 404: nothing there that you may see. "
        "409: not in the state things are in. 413: too large. 422: not what this takes. "
        "429: asked too often; Retry-After says for how long to wait.",
        "content": {
            "application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}
        },
    }
}


def rest_api(title: str, summary: str, routers: Sequence[APIRouter]) -> FastAPI:
    """The routes of a service, /openapi.json that describes them, and the manual at /docs."""
    api = FastAPI(
        title=title,
        description=summary,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        telemetry=SILENT,
    )
    problems.install(api)
    for router in routers:
        api.include_router(router, responses=REFUSED)
    if any(router.include_in_schema and router.routes for router in routers):
        api.include_router(manual(title))

    def described() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = _described(api)
        return api.openapi_schema

    api.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return api


def _described(api: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=api.title, version=api.version, description=api.description, routes=api.routes
    )
    parts = schema.setdefault("components", {})
    parts.setdefault("schemas", {})[PROBLEM] = Problem.model_json_schema()
    parts["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of the platform's OpenID Connect issuer.",
        }
    }
    schema["security"] = [{"token": []}]
    return schema
