"""`affectbench board`: runs become a static site, which this shows as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from affectbench.cli import board_figures, board_submit, options, printing
from affectbench.errors import UsageError


@click.group()
def board() -> None:
    """Make a leaderboard of runs: a folder of pages that opens without a server."""


@board.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--out", "site", required=True, type=click.Path(path_type=Path), help="The folder of the site.")
@click.option("--title", default="affectbench", show_default=True, help="What the pages are called.")
@click.option(
    "--reported",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Published figures [those that ship] (repeatable).",
)
@click.option("--no-reported", is_flag=True, help="Leave published figures out.")
@click.option(
    "--pairs",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    metavar="N",
    help="Compare the N best runs of each task two by two.",
)
@options.plugin
@options.as_json
def build(runs: tuple[Path, ...], site: Path, plugin: tuple[Path, ...], as_json: bool, **given: Any) -> None:
    """Build a site of all finished RUNS: run folders, or folders that hold them.

    A former site is replaced when the new one is whole; a folder that holds anything else is left alone.
    """
    from affectbench.board import site as sites
    from affectbench.catalogue import Catalogue

    if given["no_reported"] and given["reported"]:
        raise UsageError("--reported and --no-reported exclude each other")
    folders = () if given["no_reported"] else (given["reported"] or None)
    how = sites.How(
        title=given["title"], reported=folders, pairs=given["pairs"], tell=lambda text: options.tell(text, as_json)
    )
    made = sites.build(runs, site, Catalogue(plugin), how)
    if as_json:
        printing.document(made.document())
        return
    for one in made.board["left_out"]:
        printing.say(f"left out: {one['folder']}: {one['reason']}", err=True)
    counts = made.board["made_from"]
    told = f"{counts['runs']:,} runs, {counts['reported']:,} published figures, {len(made.board['tasks']):,} tasks"
    printing.say(f"{told}: {site / 'index.html'}")


@board.command()
@click.argument("site", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
def serve(site: Path, port: int) -> None:
    """Show SITE in a browser on this machine, until it is interrupted. Nobody else can reach it."""
    from affectbench.board.serving import server

    with server(site, port) as running:
        printing.say(f"http://127.0.0.1:{running.server_address[1]}/  (Ctrl-C ends it)")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            printing.say("", err=True)


for command in (board_submit.submit, board_submit.add, board_figures.figures):
    board.add_command(command)
