"""What the pages draw charts with: the kept specifications as one script, and Vega's bundle of scripts beside them."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from affectbench.board import export, scripts
from affectbench.errors import UsageError
from affectbench.paths import cache_folder

CALLED = "window.vegaEmbed = vegaEmbed;"
"""What the pages call of the library that draws charts."""

THEME = "theme"
"""The name of the colours and fonts, by `light`, `dark` and `print`; all other names are specifications."""


def specifications(pages: Path) -> dict[str, Any]:
    """Return the Vega-Lite specifications of `pages/charts/` by name, and the theme; data are put in as `rows`."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted((pages / "charts").glob("*.json"))}


def write(pages: Path, data: Path) -> None:
    """Write the specifications as `data/charts.js`."""
    scripts.write(data, "charts", specifications(pages))


def write_library(assets: Path) -> None:
    """Write the bundle of Vega, Vega-Lite and Vega-Embed as `assets/vega.js`. Raises UsageError if it is missing.

    Making it takes seconds, so each version is kept in the folder of caches.
    """
    try:
        import vl_convert
    except ImportError:
        raise UsageError(export.NEEDED.format("vl-convert-python")) from None
    made_of = hashlib.sha256(f"{version('vl-convert-python')} {CALLED}".encode()).hexdigest()[:12]
    kept = cache_folder() / f"vega-{made_of}.js"
    text = kept.read_bytes() if kept.is_file() else vl_convert.javascript_bundle(CALLED).encode()
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        own = kept.with_suffix(f".{os.getpid()}")
        own.write_bytes(text)
        own.replace(kept)
    (assets / "vega.js").write_bytes(text)
