"""The file of a label set: names, codes, other spellings, parts of compounds, and maps to other sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from affectbench.specs.base import Part, Spec

Place = tuple[str | int, ...]
Wrong = tuple[Place, str]


class LabelSpec(Part):
    """One label. `code` is what datasets write for it; `of` names the parts of a compound."""

    code: str | None = None
    name: str = Field(min_length=1)
    synonyms: tuple[str, ...] = ()
    of: tuple[str, ...] = Field(default=(), max_length=4)

    @field_validator("name", "synonyms", "of")
    @classmethod
    def _not_blank(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        spellings = (value,) if isinstance(value, str) else value
        if any(not spelling.strip() or spelling != spelling.strip() for spelling in spellings):
            raise ValueError("a spelling is blank, or has spaces around it")
        return value


class SubsetSpec(Part):
    """Some labels of the set `labels`, by their names, in the order given here."""

    labels: str
    names: tuple[str, ...] = Field(min_length=1)

    @field_validator("names")
    @classmethod
    def _once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        _refuse(_repeats(((position,), name) for position, name in enumerate(names)), "names")
        return names


class MapSpec(Part):
    """How the labels of this set become those of another one; a label in neither field keeps its name."""

    version: int = 1
    drop: tuple[str, ...] = ()
    to: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_fate_each(self) -> MapSpec:
        both = sorted(set(self.drop) & set(self.to))
        if both:
            raise ValueError(f"{', '.join(map(repr, both))} cannot be dropped and mapped")
        return self


class LabelsSpec(Spec):
    """A label set: its own `labels`, or a `subset_of` another one. Spellings are unique after case folding."""

    labels: tuple[LabelSpec, ...] = ()
    subset_of: SubsetSpec | None = None
    maps: dict[str, MapSpec] = Field(default_factory=dict)
    cite: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names as this file gives them, in its order."""
        return self.subset_of.names if self.subset_of else tuple(label.name for label in self.labels)

    @field_validator("labels")
    @classmethod
    def _spellings_once(cls, labels: tuple[LabelSpec, ...]) -> tuple[LabelSpec, ...]:
        codes = (((position, "code"), label.code) for position, label in enumerate(labels) if label.code is not None)
        _refuse(_repeats(_spellings(labels)) + _repeats(codes), "labels")
        return labels

    @model_validator(mode="after")
    def _one_source(self) -> LabelsSpec:
        if bool(self.labels) == bool(self.subset_of):
            raise ValueError("a label set has either `labels` or `subset_of`")
        return self

    @model_validator(mode="after")
    def _maps_known_labels(self) -> LabelsSpec:
        own = set(self.names)
        unknown: list[Wrong] = [
            (("maps", target, field, name), f"{name!r} is not a label of this set")
            for target, fates in self.maps.items()
            for field in ("drop", "to")
            for name in getattr(fates, field)
            if name not in own
        ]
        _refuse(unknown, "maps")
        return self


def _spellings(labels: Iterable[LabelSpec]) -> Iterator[tuple[Place, str]]:
    for position, label in enumerate(labels):
        yield (position, "name"), label.name
        for index, synonym in enumerate(label.synonyms):
            yield (position, "synonyms", index), synonym


def _repeats(found: Iterable[tuple[Place, str]]) -> list[Wrong]:
    seen: set[str] = set()
    wrong = []
    for place, text in found:
        if text.casefold() in seen:
            wrong.append((place, f"{text!r} was given before"))
        seen.add(text.casefold())
    return wrong


def _refuse(faults: list[Wrong], title: str) -> None:
    """Raise all faults at once, each with its place in the file."""
    details = [InitErrorDetails(type=PydanticCustomError("labels", "{m}", {"m": m}), loc=p, input=m) for p, m in faults]
    if details:
        raise ValidationError.from_exception_data(title, details)
