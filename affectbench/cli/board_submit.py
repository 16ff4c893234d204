"""`affectbench board submit` and `add`: a run goes to somebody else's board, and comes in from somebody."""

from __future__ import annotations

from pathlib import Path

import click

from affectbench.cli import options, printing


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@options.as_json
def submit(run: Path, out: Path, as_json: bool) -> None:
    """Pack a finished RUN into one file, without media, and without gold that may not be published.

    The same run gives the same bytes.
    """
    from affectbench.board.submit import submit as pack

    packed = pack(run, out)
    if as_json:
        printing.document(
            {"schema": 1, "path": str(out), "run": packed.run, "files": packed.files, "left_out": dict(packed.left_out)}
        )
        return
    for name, why in packed.left_out.items():
        printing.say(f"left out: {name}: {why}", err=True)
    printing.say(f"run {packed.run}, {', '.join(packed.files)}: {out}")


@click.command()
@click.argument("submission", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where your runs lie."
)
@options.data
@options.plugin
@options.as_json
def add(submission: Path, out: Path, data: tuple[str, ...], plugin: tuple[Path, ...], as_json: bool) -> None:
    """Verify a SUBMISSION and lay its run among yours; a board marks it as submitted.

    With your own copy of the data (--data) its scores are worked out again; without, from the gold that came along;
    else they stand as submitted. What does not hold is refused with the reason, and nothing is written.
    """
    from affectbench.board.receive import How
    from affectbench.board.receive import add as receive

    how = How(known=options.catalogue(plugin), roots=options.roots(data))
    added = receive(submission, out, how)
    if as_json:
        facts = {"path": str(added.folder), "already": added.already, "verified": dict(added.verified)}
        printing.document({"schema": 1, **facts})
        return
    scores, why = added.verified["scores"], added.verified["why"]
    printing.say(f"{'was there already' if added.already else 'added'}: {added.folder}")
    printing.say(f"scores: {scores} ({why})")
