"""`affectbench board`: runs become a static site, which this shows as well."""

from __future__ import annotations

from pathlib import Path

import click

from affectbench.cli import board_submit, options, printing


@click.group()
def board() -> None:
    """Make a leaderboard of runs: a folder of pages that opens without a server."""


@board.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--out", "site", required=True, type=click.Path(path_type=Path), help="The folder of the site.")
@click.option("--title", default="affectbench", show_default=True, help="What the pages are called.")
@options.plugin
@options.as_json
def build(runs: tuple[Path, ...], site: Path, title: str, plugin: tuple[Path, ...], as_json: bool) -> None:
    """Build a site of all finished RUNS: run folders, or folders that hold them.

    A former site is replaced when the new one is whole; a folder that holds anything else is left alone.
    """
    from affectbench.board import site as sites
    from affectbench.catalogue import Catalogue

    how = sites.How(title=title, tell=lambda text: options.tell(text, as_json))
    made = sites.build(runs, site, Catalogue(plugin), how)
    if as_json:
        printing.document(made.document())
        return
    for one in made.board["left_out"]:
        printing.say(f"left out: {one['folder']}: {one['reason']}", err=True)
    counts = made.board["made_from"]
    printing.say(f"{counts['runs']:,} runs of {len(made.board['tasks']):,} tasks: {site / 'index.html'}")


for command in (board_submit.submit, board_submit.add):
    board.add_command(command)
