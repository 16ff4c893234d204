"""`affectbench show RUN --media DIR`: what a model got, as files to look at, made again from the data and compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from affectbench.cli import options
from affectbench.errors import MediaError, UsageError

if TYPE_CHECKING:
    from affectbench.datasets import Bound
    from affectbench.types import Decoded, Facts, Outcome


@dataclass(frozen=True, slots=True)
class Place:
    """Where files are written and where the data are."""

    out: Path
    data: Sequence[str]
    plugins: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that shows a medium of a sample, and whether it is what was sent; no file, and why there is none."""

    sample: str
    media: str
    file: str | None
    state: str

    def __str__(self) -> str:
        return f"{self.file}  {self.state}" if self.file else f"{self.sample}: {self.state}"


def write(folder: Path, outcomes: Iterable[Outcome], place: Place) -> Iterator[Written]:
    """Write a contact sheet of each picture and clip, a WAV file and a picture of each sound; yields which.

    Raises UsageError where the task is not known, DataError where its data are not bound.
    """
    from affectbench import media

    bound = _bound(folder, place)
    samples = {sample.id: sample for sample in bound.samples}
    place.out.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for outcome in outcomes:
        if (sample := samples.get(outcome.id)) is None:
            raise UsageError(f"the data that are bound here have no sample {outcome.id!r}")
        sent = {facts.name: facts for facts in outcome.sent}
        for medium in sample.media:
            view = bound.views.get(medium.name, media.PLAIN)
            try:
                decoded = media.prepare(medium, bound.locate(medium), view, observe=True)
            except MediaError as error:
                yield Written(sample.id, medium.name, None, f"{error.kind}: {error}")
                continue
            state = _compared(decoded.facts, sent.get(medium.name))
            for name, data in _files(_stem(sample.id, medium.name, taken), decoded, sample.id):
                (place.out / name).write_bytes(data)
                yield Written(sample.id, medium.name, str(place.out / name), state)


def _bound(folder: Path, place: Place) -> Bound:
    """Bind the task of a run again, shown as it was."""
    from affectbench.records import read_manifest
    from affectbench.rejudging import bound_again

    return bound_again(options.catalogue(place.plugins), read_manifest(folder), options.roots(place.data))


def _files(stem: str, decoded: Decoded, sample: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files that show a medium."""
    from affectbench.media import sheet

    facts = decoded.facts
    title = " · ".join(filter(None, (sample, facts.name, facts.note)))
    if facts.kind == "audio":
        yield f"{stem}.wav", sheet.wav(decoded.payload, facts.rate or 0)
        yield f"{stem}.png", sheet.waveform(decoded.payload, facts.rate or 0, title)
        return
    size = f"{facts.width}×{facts.height}"
    times = facts.times_s or ()
    captions = [f"{times[i]:g} s · {size}" if i < len(times) else size for i in range(len(decoded.payload))]
    yield f"{stem}.png", sheet.contact_sheet(decoded.payload, captions, title)


def _compared(now: Facts, then: Facts | None) -> str:
    """Say whether this is what was sent, by the digests."""
    if then is None or not then.observed:
        return "the model was sent nothing: this is what one that sees would be"
    return "as sent" if now.digest == then.digest else "NOT as sent: the file, or what decodes it, has changed since"


def _stem(sample: str, medium: str, taken: set[str]) -> str:
    """Return a file name of its own for a medium of a sample."""
    plain = re.sub(r"[^\w.+-]+", "-", f"{sample}-{medium}").strip("-.")[:120] or "sample"
    number = next(n for n in range(1, len(taken) + 2) if (plain if n == 1 else f"{plain}-{n}") not in taken)
    taken.add(stem := plain if number == 1 else f"{plain}-{number}")
    return stem
