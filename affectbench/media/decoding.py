"""One clip or sound, decoded in this process. It runs in a process of its own: see `aside`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectbench.errors import MediaError
from affectbench.media import audio, image, video
from affectbench.types import Decoded, Media
from affectbench.views import View


def decode(media: Media, path: Path | None, view: View) -> Decoded:
    """Decode a medium from its file, or a cell's bytes. Raises MediaError, which names the medium."""
    try:
        if path is None and media.cell is not None:
            with _file(media.cell.data) as cell:
                return _decoded(media, cell, view)
        if path is None:
            raise MediaError("missing", "has neither a file nor bytes")
        return _decoded(media, path, view)
    except MediaError as error:
        where = f"{media.name}: {media.path or 'cell'}: "
        raise MediaError(error.kind, str(error) if str(error).startswith(where) else f"{where}{error}") from None
    except OSError as error:
        raise image.unopened(media, error) from None
    except MemoryError:
        raise MediaError(
            "too_large", f"{media.name}: {media.path or 'cell'}: it needs more memory than it may"
        ) from None


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    """Give bytes a path. Where the system can, the file has no name: nothing is left of it if this process is ended."""
    nameless = Path("/proc/self/fd").is_dir()
    with tempfile.TemporaryFile() if nameless else tempfile.NamedTemporaryFile(suffix=".cell") as file:
        file.write(data)
        file.flush()
        yield Path(f"/proc/self/fd/{file.fileno()}" if nameless else file.name)


def _decoded(media: Media, path: Path, view: View) -> Decoded:
    if media.kind == "audio":
        return audio.prepare(media, path, view)
    return video.still(media, path, view) if media.kind == "image" else video.prepare(media, path, view)
