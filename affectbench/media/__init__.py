"""Media: from a file or a table's cell to what a model is sent, with the facts of what that was."""

from __future__ import annotations

from pathlib import Path

from affectbench.errors import MediaError
from affectbench.media import image
from affectbench.types import Decoded, Facts, Media, MediaKind

DECODABLE: frozenset[MediaKind] = frozenset({"image"})
"""The kinds that `prepare` can decode; a run checks this before its first call."""

_DECODE = {"image": image.prepare}


def prepare(media: Media, path: Path | None, *, observe: bool) -> Decoded:
    """Make one medium ready to be sent. `path` is where its file lies, None for a table's cell.

    With `observe` false the medium is only located: it must exist, its size is noted, nothing is read.
    Raises MediaError: `missing`, `unreadable`, `truncated`, `too_large`, `bad_box`, `not_decodable`.
    """
    if not observe:
        return Decoded(facts=_located(media, path))
    if media.kind not in _DECODE:
        raise MediaError("not_decodable", f"{media.name}: {media.kind} cannot be decoded yet")
    return _DECODE[media.kind](media, path)


def _located(media: Media, path: Path | None) -> Facts:
    if path is None:
        size = len(media.cell.data) if media.cell else None
    else:
        try:
            size = path.stat().st_size
        except OSError as error:
            raise image.unopened(media, error) from None
    return Facts(name=media.name, kind=media.kind, source=media.path or "cell", observed=False, bytes=size)
