"""The names of a site's files: an id where it is one on every file system, else what can be read of it and a digest."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,78}[a-z0-9_-]|[a-z0-9_-]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that Windows keeps for devices."""


def key(name: str) -> str:
    """Return the file name of an id, without ending. Two ids never have one key: only made names hold a `~`."""
    if _PLAIN.fullmatch(name) and not _RESERVED.fullmatch(name):
        return name
    slug = re.sub(r"[^a-z0-9._-]+", "-", name[:200].casefold()).strip("-.")[:60] or "x"
    return f"{slug}~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
