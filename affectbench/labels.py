"""Label sets as the rest of the package uses them, and the maps from one taxonomy to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from affectbench.errors import UsageError, near
from affectbench.specs.labels import LabelSpec, LabelsSpec


@dataclass(frozen=True)
class LabelSet:
    """The labels of a task in the order of their file. `codes` and `synonyms` stand beside `names`."""

    id: str
    names: tuple[str, ...]
    codes: tuple[str | None, ...]
    synonyms: tuple[tuple[str, ...], ...]

    def name_of(self, text: str) -> str | None:
        """Return the label that a dataset means by `text`: a code as it is written, or a name in any case."""
        text = text.strip()
        return self._by_code.get(text) or self._by_name.get(text.casefold())

    def synonym_table(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the other spellings of each label that has some, as `types.Asked` wants them."""
        return tuple((name, others) for name, others in zip(self.names, self.synonyms, strict=True) if others)

    @cached_property
    def _by_code(self) -> dict[str, str]:
        return {code: name for code, name in zip(self.codes, self.names, strict=True) if code is not None}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {name.casefold(): name for name in self.names}


@dataclass(frozen=True)
class TaxonomyMap:
    """What each label of `source` is called in `target`; None is a label that the target has no place for."""

    source: str
    target: str
    version: int
    names: tuple[tuple[str, str | None], ...]

    def __getitem__(self, name: str) -> str | None:
        """Return the other name, or None where the label is dropped; KeyError for a label the source does not have."""
        return self._table[name]

    @cached_property
    def _table(self) -> dict[str, str | None]:
        return dict(self.names)


def label_set(spec: LabelsSpec, find: Callable[[str], LabelsSpec]) -> LabelSet:
    """Build a label set; `find` gives the spec of an id, for `subset_of`.

    Raises UsageError if a subset names a label that its set does not have, or is a subset of itself.
    """
    labels = _labels(spec, find, ())
    return LabelSet(
        id=spec.id,
        names=tuple(label.name for label in labels),
        codes=tuple(label.code for label in labels),
        synonyms=tuple((*label.synonyms, *_compound(label)) for label in labels),
    )


def mapping(source: LabelsSpec, target_id: str, target: LabelSet | None = None) -> TaxonomyMap:
    """Return the map from `source` to the set `target_id`. A label that the file does not mention keeps its name.

    With `target` given, each name that comes out must be one of its labels. Raises UsageError if the file has no
    map to that set, or if a label would get a name that the target does not have.
    """
    if target_id not in source.maps:
        raise UsageError(
            f"label set {source.id!r} has no map to {target_id!r}{near(target_id, source.maps)}; "
            f"add one under `maps:` in its file"
        )
    rule = source.maps[target_id]
    names = tuple((name, None if name in rule.drop else rule.to.get(name, name)) for name in source.names)
    for name, other in names:
        if target is not None and other is not None and other not in target.names:
            raise UsageError(
                f"label set {source.id!r} maps {name!r} to {other!r}, which {target_id!r} does not have"
                f"{near(other, target.names)}; name it under `to:` or `drop:`"
            )
    return TaxonomyMap(source.id, target_id, rule.version, names)


def _labels(spec: LabelsSpec, find: Callable[[str], LabelsSpec], seen: tuple[str, ...]) -> tuple[LabelSpec, ...]:
    if spec.subset_of is None:
        return spec.labels
    if spec.id in seen:
        raise UsageError(f"label set {spec.id!r} is a subset of itself: {' of '.join((*seen, spec.id))}")
    whole = {label.name: label for label in _labels(find(spec.subset_of.labels), find, (*seen, spec.id))}
    missing = [name for name in spec.subset_of.names if name not in whole]
    if missing:
        raise UsageError(
            f"label set {spec.id!r} takes {', '.join(map(repr, missing))} from {spec.subset_of.labels!r}, "
            f"which has no such label{near(missing[0], whole)}"
        )
    return tuple(whole[name] for name in spec.subset_of.names)


def _compound(label: LabelSpec) -> list[str]:
    """Spell a compound by its parts, in any order: `happy and surprised`, `surprised, happy`."""
    written = {spelling.casefold() for spelling in (label.name, *label.synonyms)}
    orders = [joint.join(parts) for parts in permutations(label.of) for joint in (" and ", " ")] if label.of else []
    return [spelling for spelling in orders if spelling.casefold() not in written]
