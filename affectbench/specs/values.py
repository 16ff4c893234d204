"""The kinds of text that dataset files hold: values, paths and patterns, each checked when the file is read."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from affectbench.specs.patterns import path_pattern, pattern
from affectbench.templates import TemplateError, value

ROOT_ID = re.compile(r"([A-Za-z0-9][\w.+-]*):(.*)", re.DOTALL)
MAX_PATH = 2_000
EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def split_root(path: str) -> tuple[str, str]:
    """Return (dataset id or "", path below its root) of `mer2023:test1/x.avi`."""
    found = ROOT_ID.fullmatch(path)
    return (found[1], found[2]) if found else ("", path)


def kind_of(data: Any) -> str:
    """Return `block` for a mapping (or a model), `text` for anything else: which branch of a short form was written."""
    return "text" if isinstance(data, str) or data is None else "block"


def _value(text: str) -> str:
    try:
        value(text)
    except TemplateError as error:
        raise ValueError(str(error)) from None
    return text


def _inside(text: str) -> str:
    """Refuse a path that is absolute or climbs; what a template puts in is held to the same when it is opened."""
    _, below = split_root(text)
    steps = EXPRESSION.sub("x", below).split("/")
    if not below or steps[0] in ("", "~") or "\\" in below:
        raise ValueError(f"{text!r}: a path below the data root was expected, with `/` between steps")
    if ".." in steps:
        raise ValueError(f"{text!r}: a path cannot leave its data root by `..`")
    return text


def _path(text: str) -> str:
    if len(text) > MAX_PATH:
        raise ValueError(f"{text[:80]!r}…: a path of {len(text):,} characters, at most {MAX_PATH:,}")
    if any(step.count("*") > 1 for step in EXPRESSION.sub("x", text).split("/")):
        raise ValueError(f"{text!r}: one `*` in a step of a path")
    return _inside(_value(text))


def _files(text: str) -> str:
    path_pattern(split_root(text)[1])
    return _inside(text)


def _line(text: str) -> str:
    pattern(text)
    return text


def _as_list(data: Any) -> Any:
    return [data] if isinstance(data, str) else data


def _as_columns(data: Any) -> Any:
    """Return a list of columns as column → column."""
    return {name: name for name in data} if isinstance(data, list | tuple) else data


def _count(data: Any) -> Any:
    return None if data in ("null", "~", "unknown") else data


def _given(data: Any) -> Any:
    return {} if data is None else data


Text = Annotated[str, AfterValidator(_value)]
PathText = Annotated[str, AfterValidator(_path)]
FilesText = Annotated[str, AfterValidator(_files)]
LinePattern = Annotated[str, AfterValidator(_line)]
Scalar = str | int | float
"""What editors may show as a text: our reader keeps the text that was typed."""

one_or_more = BeforeValidator(_as_list, json_schema_input_type=Scalar | list[Scalar])
Files = Annotated[tuple[FilesText, ...], one_or_more]
Paths = Annotated[tuple[PathText, ...], one_or_more]
Names = Annotated[tuple[str, ...], one_or_more]
Columns = Annotated[
    dict[str, str], BeforeValidator(_as_columns, json_schema_input_type=list[Scalar] | dict[str, Scalar])
]
Count = Annotated[int | None, BeforeValidator(_count, json_schema_input_type=int | str | None)]
Counts = Annotated[dict[str, Count], BeforeValidator(_given)]
