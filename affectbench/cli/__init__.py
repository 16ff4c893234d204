"""The command line: arguments, exit codes, printing. Stages are imported inside the commands that need them.

Exit codes: 0 complete · 1 failed · 2 usage or file error · 3 complete, but too many errors · 4 budget reached ·
130 interrupted.
"""

from __future__ import annotations

import sys

import click

from affectbench import __version__
from affectbench.cli import assets, board, compare, data, doctor, judge, merge, models, printing, run, show, tasks
from affectbench.errors import AffectbenchError

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, package_name="affectbench", message="affectbench %(version)s")
def cli() -> None:
    """Benchmark multimodal language models on reading human affect.

    \b
    affectbench run -m baseline:majority -t demo     a first run, on drawn faces, without a model
    affectbench tasks list                           what can be asked
    affectbench run -m openai:MODEL@https://server/v1 -t raf-db --data raf-db=/path/to/RAF-DB
    """


for command in (
    run.run,
    run.score,
    judge.judge,
    show.show,
    compare.compare,
    board.board,
    merge.merge,
    tasks.tasks,
    models.models,
    data.data,
    assets.assets,
    doctor.doctor,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except AffectbenchError as error:
        printing.say(f"affectbench: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("\ninterrupted: the same command goes on from here", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    sys.exit(code)
