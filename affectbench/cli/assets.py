"""`affectbench assets`: third-party files that are read once from your own copy."""

from __future__ import annotations

from pathlib import Path

import click

from affectbench.cli import options, printing


@click.group()
def assets() -> None:
    """List the third-party files that some tasks need, add yours."""


@assets.command("list")
@options.as_json
def list_assets(as_json: bool) -> None:
    """List the assets that are known, their versions, and which of them you have added."""
    from affectbench.assets import ASSETS, stored

    found = [
        {"id": name, "version": version, "digest": digest, "path": _shown(stored(name, version))}
        for name, asset in ASSETS.items()
        for version, digest in asset.versions.items()
    ]
    if as_json:
        about = [{"id": n, "title": a.title, "source": a.source, "licence": a.licence} for n, a in ASSETS.items()]
        printing.document({"schema": 1, "assets": about, "versions": found})
        return
    rows = ([str(one["id"]), str(one["version"]), one["path"] or "not added"] for one in found)
    printing.columns(rows, ["asset", "version", "where"])
    for name, asset in ASSETS.items():
        printing.say(f"\n{name}: {asset.title}\n  from {asset.source}\n  {asset.licence}")


@assets.command("add")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@options.as_json
def add(name: str, folder: Path, as_json: bool) -> None:
    """Check the official files of asset NAME in FOLDER (or below, as in a clone), convert and keep them."""
    from affectbench.assets import add as add_files

    options.tell(f"reading {folder}", quiet=as_json)
    added = add_files(name, folder)
    if as_json:
        kept = [{"id": a.name, "version": a.version, "digest": a.digest, "path": str(a.path)} for a in added]
        printing.document({"schema": 1, "added": kept})
        return
    for one in added:
        printing.say(f"{one.name} {one.version}: {one.path}")


def _shown(path: Path | None) -> str | None:
    return None if path is None else str(path)
