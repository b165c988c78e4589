"""The OpenAPI document: Litestar's, with our problems and the frames of the live channel.

Not made at the start: it takes a third of the time that the site needs to come up, and few ever ask for it.
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar
from litestar.openapi.spec import OpenAPI, OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Reference, Schema

from ringcard.web import frames, problems


def described(api: Litestar) -> dict[str, Any]:
    """The whole document. Some 300 ms when it is made first."""
    schema = api.openapi_schema
    _describe_problems(schema)
    return frames.document(schema)


def _describe_problems(schema: OpenAPI) -> None:
    """Every error is a problem, whatever the framework would say of it by itself."""
    text = Schema(type=OpenAPIType.STRING)
    schema.components.schemas["Problem"] = Schema(
        type=OpenAPIType.OBJECT,
        title="Problem",
        description="RFC 9457, with a stable `error_id`: docs/reference/errors.md.",
        properties={
            "type": text,
            "title": text,
            "status": Schema(type=OpenAPIType.INTEGER),
            "detail": text,
            "error_id": Schema(type=OpenAPIType.STRING, enum=sorted(problems.PROBLEMS)),
            "errors": Schema(
                type=OpenAPIType.ARRAY,
                items=Schema(type=OpenAPIType.OBJECT, properties={"field": text, "message": text}),
            ),
        },
        required=["type", "title", "status", "detail", "error_id"],
    )
    problem = OpenAPIResponse(
        description="What went wrong.",
        content={problems.MEDIA_TYPE: OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))},
    )
    for path in (schema.paths or {}).values():
        for operation in (path.get, path.post, path.put, path.delete):
            if operation is not None and operation.responses is not None:
                operation.responses.pop("400", None)
                operation.responses["default"] = problem
