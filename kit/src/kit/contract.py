"""A service's public face as files: its subgraph, its events, and its REST API if it has one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from kit.app import Service
from kit.events import Event
from kit.openapi import rest_api


def files(service: Service) -> dict[str, str]:
    """Each file of the contract folder with its content."""
    content = {
        "schema.graphql": service.schema.as_str() + "\n",
        "events.json": _pretty(events(service.events)),
        "asyncapi.json": _pretty(asyncapi(service)),
    }
    if service.routers:
        api = rest_api(service.title, service.summary, service.routers)
        content["openapi.json"] = _pretty(api.openapi())
    return content


def write(service: Service, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in files(service).items():
        (folder / name).write_text(content)


def stale(service: Service, folder: Path) -> list[str]:
    """Files that are not what the code says."""
    return [
        name
        for name, content in files(service).items()
        if not (folder / name).is_file() or (folder / name).read_text() != content
    ]


def events(published: Iterable[type[Event]]) -> dict[str, Any]:
    """JSON Schema by subject."""
    return {
        each.subject: each.model_json_schema(mode="serialization")
        for each in sorted(published, key=lambda each: each.subject)
    }


def asyncapi(service: Service) -> dict[str, Any]:
    """The same events as an AsyncAPI 3 document."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for event in sorted(service.events, key=lambda each: each.subject):
        name = event.__name__
        channels[name] = {
            "address": event.subject,
            "description": (event.__doc__ or "").strip(),
            "messages": {
                name: {
                    "contentType": "application/json",
                    "payload": event.model_json_schema(mode="serialization"),
                }
            },
        }
        operations[f"publish{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Octoreach {service.name} events",
            "version": "1",
            "description": f"{service.summary} CloudEvents 1.0 in binary mode over NATS JetStream.",
            "license": {"name": "Apache-2.0"},
        },
        "channels": channels,
        "operations": operations,
    }


def _pretty(content: Any) -> str:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
