"""`affectbench merge`: shards that were carried out apart become one finished run."""

from __future__ import annotations

from pathlib import Path

import click

from affectbench.cli import options
from affectbench.cli.run import report


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where runs lie, if the joined run shall not lie where its shards do.",
)
@options.as_json
def merge(runs: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Join the shards at or below each RUN, which `run --shard I/N` made, into the run that they are parts of.

    The result equals that of a run without shards. Every shard must be there and finished, and all of one run.
    """
    from affectbench.merging import merge as join
    from affectbench.pipeline import Run
    from affectbench.records import read_results

    folder = join(runs, out)
    report([Run(folder=folder, results=read_results(folder))], as_json)
