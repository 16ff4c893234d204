"""A site takes the place of the former one at once, or not at all, and never the place of anything else."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectbench.errors import UsageError

MARK = "board.json"
"""What a folder holds that is a site of ours."""

MADE_BY = "affectbench board"


@contextmanager
def built(site: Path) -> Iterator[Path]:
    """Give an empty folder beside `site`, which takes its place at the end; on an error `site` stays as it is.

    Raises UsageError if `site` is something else than a former site, or cannot be written.
    """
    site = site.absolute()
    _refuse(site)
    try:
        site.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{site.name}-", dir=site.parent))
    except OSError as error:
        raise UsageError(f"{site}: {error.strerror}: choose another place with -o") from None
    try:
        made.chmod(0o777 & ~_umask())  # as any other folder that one makes
        yield made
        _refuse(site)  # what came there meanwhile stays, too
        _swap(made, site)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _refuse(site: Path) -> None:
    if site.is_symlink():
        raise UsageError(f"{site} is a link: name the folder itself")
    if not site.exists():
        return
    if not site.is_dir():
        raise UsageError(f"{site} is a file: choose a folder")
    if any(site.iterdir()) and not is_site(site):
        raise UsageError(f"{site} holds other things than a site of ours: choose an empty or a new folder")


def is_site(folder: Path) -> bool:
    """Whether a folder is a site that was built here."""
    try:
        with (folder / MARK).open("rb") as file:
            first = json.loads(file.readline(1_000).rstrip().rstrip(b",") + b"}")
            return isinstance(first, dict) and first.get("made_by") == MADE_BY
    except (OSError, ValueError):
        return False


def _swap(made: Path, site: Path) -> None:
    """Put the new folder where the old one is, which is removed when the new one is there."""
    if not site.exists():
        made.rename(site)
        return
    former = made.with_name(made.name + "-former")
    site.rename(former)
    try:
        made.rename(site)
    except OSError:
        former.rename(site)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
