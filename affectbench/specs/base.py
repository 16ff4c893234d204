"""From a YAML file to a checked value: `read` gives the spec and where in the file each field stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from affectbench.errors import Fault, FileErrors, near
from affectbench.specs.yaml_text import Loc, Places, load, parse


class Part(BaseModel):
    """A block inside a file; unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spec(Part):
    """A whole file. `id` is the file's name without ending (a prompt's: `form/name`); where written, it must agree."""

    id: str = ""
    title: str = ""


S = TypeVar("S", bound=Spec)

MAX_FAULTS = 200
"""A file that is wrong throughout is not reported throughout."""

_BLOCK = "a block of `name: value` was expected"
_EXPECTED = {
    "dict_type": _BLOCK,
    "mapping_type": _BLOCK,
    "model_type": _BLOCK,
    "string_type": "a text was expected",
    "list_type": "a list was expected",
    "tuple_type": "a list was expected",
}
"""What the faults of form are in the words of a YAML file."""


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """A spec with the file it came from, so that later checks can say where."""

    path: str
    spec: S
    places: Places

    def fault(self, loc: Iterable[str | int], message: str) -> Fault:
        """Return a fault at `loc` (field names and list indices), or at the nearest place above it."""
        return Fault(self.path, *_place(self.places, tuple(loc)), message)


def read(path: Path, kind: type[S], name: str | None = None, shown: str | None = None) -> Loaded[S]:
    """Read and check one file. `name` is the id that its place gives it (default: the file's stem).

    Raises FileErrors with every fault of the file, each as path:line:col.
    """
    shown = shown or str(path)
    data, places = load(path, shown)
    return check(data, places, kind, (shown, name or path.stem))


def read_text(text: str, kind: type[S], name: str, shown: str = "<text>") -> Loaded[S]:
    """Read and check a file's text; as `read`."""
    data, places = parse(text, shown)
    return check(data, places, kind, (shown, name))


def check(data: Any, places: Places, kind: type[S], named: tuple[str, str]) -> Loaded[S]:
    """Check plain data against a schema; `named` is (the file as shown, the id that its place gives it)."""
    shown, name = named
    if not isinstance(data, Mapping):
        raise FileErrors([Fault(shown, 1, 1, "holds no fields: expected `name: value` lines")])
    faults = []
    if data.get("id") not in (None, name):
        faults.append(
            Fault(shown, *_place(places, ("id",)), f"id {data['id']!r} does not agree with the file: {name!r}")
        )
    try:
        spec = kind.model_validate({**data, "id": name})
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_FAULTS]
        faults += [_fault(shown, places, d, kind) for d in details if not _of_another_form(places, d, details)]
        raise FileErrors(faults) from None
    except RecursionError:
        raise FileErrors([Fault(shown, 1, 1, "its blocks are nested too deep")]) from None
    if faults:
        raise FileErrors(faults)
    return Loaded(shown, spec, places)


def _fault(shown: str, places: Places, detail: ErrorDetails, kind: type[BaseModel]) -> Fault:
    loc = detail["loc"]
    said = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = _EXPECTED.get(detail["type"], said)
    known = _known(places, loc)
    if detail["type"] == "extra_forbidden":
        message = f"unknown field {loc[-1]!r}{near(str(loc[-1]), _fields(kind, loc))}"
    elif detail["type"] == "missing":
        message = f"the field {'.'.join(map(str, (*known, loc[-1])))!r} is missing"
    elif known:
        message = f"{'.'.join(map(str, known))}: {message[:1].lower()}{message[1:]}"
    return Fault(shown, *_place(places, loc), message)


def _of_another_form(places: Places, detail: ErrorDetails, details: Iterable[ErrorDetails]) -> bool:
    """Whether a fault only says that a value has not the one form of a union, where it has faults in another form."""
    loc, above = detail["loc"], detail["loc"][:-1]
    if not detail["type"].endswith("_type") or (*_known(places, above), loc[-1]) in places:
        return False
    others = (other for other in details if other["loc"] != loc and other["loc"][: len(above)] == above)
    return any(len(other["loc"]) > len(loc) or not other["type"].endswith("_type") for other in others)


def _known(places: Places, loc: Loc) -> Loc:
    """Return the steps of `loc` that the file holds; those that it does not (a union's branch) are passed over."""
    found: Loc = ()
    for step in loc:
        if (*found, step) in places:
            found = (*found, step)
    return found


def _place(places: Places, loc: Loc) -> tuple[int, int]:
    return places.get(_known(places, loc), (1, 1))


def _fields(kind: type[BaseModel], loc: Loc) -> list[str]:
    """Return the field names of the block in which an unknown key stands, as far as the schema tells."""
    block: Any = kind
    for step in loc[:-1]:
        field = getattr(block, "model_fields", {}).get(step)
        inner = _models(field.annotation) if field is not None else []
        block = inner[0] if inner else block
    return [field.alias or name for name, field in block.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models(argument)]
