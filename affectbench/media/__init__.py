"""Media: from a file or a table's cell to what a model is sent, with the facts of what that was.

Pictures are checked and read here; clips and sounds, whose decoders cannot be trusted, in processes of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from affectbench.errors import MediaError
from affectbench.media import aside, image
from affectbench.types import Decoded, Facts, Media, MediaKind
from affectbench.views import View

PLAIN = View()


def prepare(media: Media, path: Path | None, view: View = PLAIN, *, observe: bool) -> Decoded:
    """Make one medium ready to be sent, as the view shows it. `path` is where it lies, None for a table's cell.

    With `observe` false the medium is only located: it must exist, its size is noted, nothing is read.
    Raises MediaError with a short stable word: `missing`, `unreadable`, `truncated`, `empty`, `too_large`, `too_slow`,
    `crashed`, `bad_box`, `no_face`, `no_video`, `no_sound`, `no_frame`, `no_apex`, `bad_segment`.
    """
    if not observe:
        return Decoded(facts=_located(media, path))
    if is_near(media):
        return image.prepare(media, path, view)
    return aside.prepare(media, path, view)


def require(media: Iterable[MediaKind], views: Iterable[View]) -> None:
    """See that what these need is installed: the decoder that was asked for, the finder of faces. Raises UsageError."""
    if "video" in media:
        from affectbench.media import decoders

        decoders.asked()
    if any(view.detect is not None and view.crop for view in views):
        from affectbench.media import detect

        detect.require()


def is_near(media: Media) -> bool:
    """Whether a medium is prepared in this process: a picture that is its own file."""
    return media.kind == "image" and media.frame is None


def _located(media: Media, path: Path | None) -> Facts:
    if path is None:
        size = len(media.cell.data) if media.cell else None
    else:
        try:
            size = path.stat().st_size if path.is_file() else None
            path.stat()
        except OSError as error:
            raise image.unopened(media, error) from None
    return Facts(name=media.name, kind=media.kind, source=media.path or "cell", observed=False, bytes=size)


__all__ = ["PLAIN", "MediaError", "is_near", "prepare", "require"]
