"""Lexicons as metrics use them: from a lexicon's file, or from the third-party files that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from affectbench import assets
from affectbench.catalogue import Catalogue
from affectbench.errors import RecordError, UsageError, near
from affectbench.metrics.lexicon import Lexicon
from affectbench.specs.lexicon import LexiconSpec


def load(catalogue: Catalogue, name: str) -> Lexicon:
    """Return the lexicon called `name`, such as `load(Catalogue(), "affectbench")`.

    Raises UsageError for an unknown one or where its asset is not here, FileErrors for a broken file.
    """
    return build(catalogue.load("lexicon", name).spec)


def build(spec: LexiconSpec) -> Lexicon:
    """Return the lexicon of a file.

    Raises UsageError, which says what to fetch, where its asset is not here, and for one that holds clues.
    """
    if spec.clues:
        raise UsageError(f"the lexicon {spec.id!r} holds clues, by which rationales are read, and no emotion words")
    if spec.asset is None:
        return Lexicon.of(spec.wheels, spec.neutral)
    held = assets.read(spec.asset.id, spec.asset.version)
    wheels = {name: (wide, narrow) for name, (wide, narrow) in held["wheels"].items()}
    return Lexicon(wheels, held["synonyms"], held["forms"], spec.neutral)


def digest(spec: LexiconSpec) -> str:
    """Return the sha256 of all that decides how a lexicon reads words; its asset need not be here.

    Raises UsageError for an asset, or a version of one, that is not known.
    """
    return assets.digest([_wheels(spec), sorted(spec.neutral)])


def recorded(spec: LexiconSpec) -> dict[str, Any]:
    """Return a lexicon as a manifest holds it: own words in full, so that a run needs its file no more."""
    fields = {"wheels", "asset", "neutral", "clues", "groups"}
    held = spec.model_dump(mode="json", include=fields, exclude_defaults=True)
    return {"id": spec.id, "digest": digest(spec), **held}


def of_record(held: Mapping[str, Any]) -> Lexicon:
    """Return the lexicon of a manifest.

    Raises RecordError if it is not the one by which the run was scored, UsageError if its asset is not here.
    """
    return build(spec_of_record(held))


def spec_of_record(held: Mapping[str, Any]) -> LexiconSpec:
    """Return the file of the lexicon of a manifest; errors are those of `of_record`."""
    try:
        spec = LexiconSpec.model_validate({name: value for name, value in held.items() if name != "digest"})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RecordError(f"the run's lexicon: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if digest(spec) != held["digest"]:
        raise RecordError(
            f"the lexicon {spec.id!r} is not the one by which this run was scored: run the task again to use it"
        )
    return spec


def _wheels(spec: LexiconSpec) -> Any:
    if spec.clues:
        return spec.model_dump(mode="json", include={"clues", "groups"})
    if spec.asset is None:
        return [[name, clusters] for name, clusters in spec.wheels.items()]
    versions = assets.find(spec.asset.id).versions
    if spec.asset.version not in versions:
        raise UsageError(
            f"the asset {spec.asset.id!r} has no version {spec.asset.version!r}{near(spec.asset.version, versions)}"
        )
    return versions[spec.asset.version]
