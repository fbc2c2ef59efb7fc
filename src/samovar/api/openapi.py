"""The API described: OpenAPI 3.1 with the params of each job spelt out."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from django.conf import settings

from samovar.conf import options
from samovar.jobs import registry
from samovar.receiving import MULTIPART

if TYPE_CHECKING:
    from ninja import NinjaAPI

    from samovar.jobs.job import Job

SCHEMAS = "#/components/schemas/"


def describe(api: NinjaAPI, root: str) -> dict[str, Any]:
    """Return the OpenAPI document; `root` is where the API stands, with its last slash."""
    document: dict[str, Any] = deepcopy(dict(api.get_openapi_schema(path_prefix=root)))
    general = document["paths"][f"{root}jobs/{{name}}/runs"]["post"]
    for job in registry.all():
        document["components"]["schemas"].update(_schemas(job))
        document["paths"][f"{root}jobs/{job.name}/runs"] = {"post": _start(job, general)}
    document["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
    }
    # An empty one says that it may be done without.
    document["security"] = [{"bearer": []}, {"session": []}, *([{}] if options().OPEN else ())]
    return document


def readable(document: dict[str, Any]) -> dict[str, Any]:
    """Return what the page shows: the operations, and the schemas by name, as JSON."""
    schemas = sorted(document["components"]["schemas"].items())
    return {
        "operations": [
            _operation(method, path, told)
            for path, methods in document["paths"].items()
            for method, told in methods.items()
        ],
        "schemas": [(name, _json(schema, indent=2)) for name, schema in schemas],
    }


def _operation(method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    bodies = told.get("requestBody", {}).get("content", {})
    return {
        "method": method.upper(),
        "path": path,
        "summary": told["summary"],
        "description": told.get("description", ""),
        "parameters": [
            (one["name"], one["in"], _json(one["schema"])) for one in told.get("parameters", ())
        ],
        "bodies": [(kind, _json(content["schema"])) for kind, content in bodies.items()],
    }


def _json(schema: dict[str, Any], indent: int | None = None) -> str:
    shown = {key: value for key, value in schema.items() if key != "title"}
    return json.dumps(shown, ensure_ascii=False, indent=indent)


def _start(job: Job[Any, Any], general: dict[str, Any]) -> dict[str, Any]:
    """Return the operation that starts `job`: as the general one, with the params spelt out."""
    schema = {"$ref": f"{SCHEMAS}{_name(job)}"}
    kinds = [] if job.signature.needs_file else ["application/json"]
    kinds += [MULTIPART] if job.signature.files else []
    return {
        **general,
        "operationId": f"start_{job.name}",
        "summary": str(job.title),
        "description": str(job.help),
        "parameters": [one for one in general["parameters"] if one["in"] == "header"],
        "requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in kinds}},
    }


def _name(job: Job[Any, Any]) -> str:
    return f"params.{job.name}"


def _schemas(job: Job[Any, Any]) -> dict[str, Any]:
    """Return the job's params and what they refer to, each under a name of its own."""
    schema = job.signature.json_schema()
    found = {f"{_name(job)}.{name}": inner for name, inner in schema.get("$defs", {}).items()}
    found[_name(job)] = {key: value for key, value in schema.items() if key != "$defs"}
    return {name: _redirect(value, job) for name, value in found.items()}


def _redirect(value: Any, job: Job[Any, Any]) -> Any:
    """Let each `$ref` inside `value` lead to where `_schemas` puts what it means."""
    if isinstance(value, list):
        return [_redirect(item, job) for item in value]
    if not isinstance(value, dict):
        return value
    moved = {key: _redirect(item, job) for key, item in value.items()}
    if isinstance(reference := moved.get("$ref"), str):
        moved["$ref"] = reference.replace("#/$defs/", f"{SCHEMAS}{_name(job)}.")
    return moved
