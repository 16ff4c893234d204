"""What goes to and from a process that decodes: JSON and bytes, so that neither end has to trust the other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from affectbench.errors import MediaError, UsageError
from affectbench.media import decoders
from affectbench.types import Cell, Decoded, Facts, Media
from affectbench.views import View

HEAD = 8
"""Bytes that say how long a letter is."""
MOST = 2_000_000_000

_MEDIA, _VIEW = TypeAdapter(Media), TypeAdapter(View)


def request(media: Media, path: Path | None, view: View) -> bytes:
    """Ask for a medium."""
    cell = media.cell.data if media.cell else b""
    plain = asdict(replace(media, cell=None))
    about = {
        "decoder": os.environ.get(decoders.ASKED),
        "media": plain,
        "cell": media.cell is not None,
        "path": None if path is None else str(path),
        "view": asdict(view),
    }
    return _letter(about, [cell])


def read_request(body: bytes) -> tuple[Media, Path | None, View]:
    """Read what `request` wrote; the decoder is asked for here as it is there."""
    about, (cell,) = _parts(body)
    os.environ[decoders.ASKED] = about["decoder"] or ""
    media = _MEDIA.validate_python(about["media"], strict=False)
    if about["cell"]:
        media = replace(media, cell=Cell(data=cell))
    path = None if about["path"] is None else Path(about["path"])
    return media, path, _VIEW.validate_python(about["view"], strict=False)


def answer(decoded: Decoded) -> bytes:
    """Send what a medium became."""
    sound = isinstance(decoded.payload, np.ndarray)
    payload = [decoded.payload.tobytes()] if sound else decoded.payload
    return _letter({"facts": decoded.facts.model_dump(mode="json"), "sound": sound}, payload)


def refusal(error: MediaError | UsageError) -> bytes:
    """Send why it became nothing."""
    kind = error.kind if isinstance(error, MediaError) else None
    return _letter({"error": str(error), "kind": kind}, [])


def read_answer(body: bytes) -> Decoded:
    """Read what `answer` or `refusal` wrote. Raises MediaError or UsageError for the latter."""
    about, parts = _parts(body)
    if "error" in about:
        raise MediaError(about["kind"], about["error"]) if about["kind"] else UsageError(about["error"])
    payload: Any = np.frombuffer(parts[0], np.float32) if about["sound"] else tuple(parts)
    return Decoded(facts=Facts.model_validate(about["facts"]), payload=payload)


def length(head: bytes) -> int:
    """Return how long the letter is that begins so. Raises EOFError for one that cannot be."""
    found = int.from_bytes(head, "big")
    if not 0 < found <= MOST:
        raise EOFError
    return found


def _letter(about: dict[str, Any], parts: Iterable[bytes]) -> bytes:
    parts = list(parts)
    text = json.dumps({**about, "parts": [len(part) for part in parts]}).encode()
    body = b"".join([len(text).to_bytes(4, "big"), text, *parts])
    return len(body).to_bytes(HEAD, "big") + body


def _parts(body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    end = 4 + int.from_bytes(body[:4], "big")
    about = json.loads(body[4:end])
    parts = []
    for size in about.pop("parts"):
        parts.append(body[end : end + size])
        end += size
    return about, parts
