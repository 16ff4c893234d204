"""Where things live: shipped files, the user's settings, data roots, runs and caches."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from affectbench.errors import UsageError

SETTINGS_FILE = "affectbench.toml"
KNOWN_SETTINGS = {"data", "follow_links", "runs"}


@cache
def shipped(folder: str) -> Path:
    """Return a shipped folder such as `tasks` or `prompts`: inside the installed package, else in the checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "_data" / folder
    return inside if inside.is_dir() else package.parent / folder


def cache_folder() -> Path:
    """Return the folder of caches: `$AFFECTBENCH_CACHE`, else `affectbench` in the user's cache folder."""
    own = os.environ.get("AFFECTBENCH_CACHE")
    if own:
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "affectbench"


def asset_folder() -> Path:
    """Return the folder of third-party files that were added: `affectbench/assets` in the user's data folder."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "affectbench" / "assets"


def cards_folder() -> Path:
    """Return the folder of judges' calibration cards: `affectbench/judges` in the user's data folder."""
    return asset_folder().with_name("judges")


def settings() -> Mapping[str, Any]:
    """Return the user's `affectbench.toml` from the working folder, or nothing. Raises UsageError with the fault."""
    path = Path(SETTINGS_FILE)
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    if unknown := set(found) - KNOWN_SETTINGS:
        raise UsageError(f"{path}: unknown setting {sorted(unknown)[0]!r}; known: {', '.join(sorted(KNOWN_SETTINGS))}")
    return found


def data_root(dataset: str, given: Mapping[str, Path]) -> Path | None:
    """Return where the user's copy of `dataset` lies: `--data`, then the settings file, then `$AFFECTBENCH_DATA/ID`.

    None if it is bound nowhere; an id that is no plain name is no folder below `$AFFECTBENCH_DATA`. Raises UsageError
    if it is bound to something that is not a folder.
    """
    named = given.get(dataset) or settings().get("data", {}).get(dataset)
    if named is not None:
        root = Path(named).expanduser()
        if not root.is_dir():
            raise UsageError(f"the data of {dataset!r} are bound to {root}, which is not a folder")
        return root.resolve()
    shared = os.environ.get("AFFECTBENCH_DATA")
    plain = Path(dataset).name == dataset != ".."
    if shared and plain and (Path(shared).expanduser() / dataset).is_dir():
        return (Path(shared).expanduser() / dataset).resolve()
    return None
