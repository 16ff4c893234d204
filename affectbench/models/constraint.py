"""What holds a model to an answer: the texts, or the JSON, that it may write. For backends that can enforce it."""

from __future__ import annotations

from typing import Any

from affectbench.types import Asked

KEY = "answer"
"""The one field of a constrained JSON answer; numbers have a field for each level instead."""


def schema(asked: Asked) -> dict[str, Any]:
    """Return the JSON schema of an answer. Raises ValueError for the form `text`, which has none."""
    match asked.form:
        case "choice":
            return _object({KEY: {"type": "string", "enum": list(asked.options)}})
        case "labels":
            return _object({KEY: {"type": "array", "items": {"type": "string", "enum": list(asked.options)}}})
        case "levels":
            return _object({n: {"type": "number", "minimum": low, "maximum": high} for n, low, high in asked.levels})
        case "open":
            return _object({KEY: {"type": "array", "items": {"type": "string"}}})
        case "text":
            raise ValueError("a free text has no JSON form")


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
