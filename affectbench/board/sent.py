"""What is read of a manifest that somebody submitted."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from affectbench.run_files import AskedTask, AskedVariant, Manifest, Named, Version

SUBMITTED = "SUBMITTED.json"
"""What stands in a run folder that somebody submitted: what was verified of it."""


class _SentTask(AskedTask):
    metrics: tuple[str, ...]
    main: str | None
    answer: dict[str, Any]
    aggregate: dict[str, Any]


class _SentVariant(AskedVariant):
    limit: int | None = None


class _SentModel(Named):
    identity: Any
    frames: int | None = None


class _SentVersion(Version):
    affectbench: str


class _Publish(BaseModel):
    media: bool
    labels: bool
    text: bool


class _Access(BaseModel):
    publish: _Publish


class _Dataset(BaseModel):
    id: str


class Sent(Manifest):
    """A manifest that somebody submitted, as far as it is verified."""

    task: _SentTask
    variant: _SentVariant
    model: _SentModel
    versions: _SentVersion
    dataset: _Dataset
    access: _Access
    annotations: dict[str, str]
