"""The house stays as it was drawn: who may import whom, and how large a room may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "affectbench"
MODULES = sorted(PACKAGE.rglob("*.py"))

RANKS = [
    {"types", "errors", "paths", "metrics", "faces", "voices", "templates", "backends", "cluster", "views", "results"},
    {"specs", "run_files", "evaluate_modules", "mini"},
    {"catalogue", "labels", "media", "cache", "records", "assets", "budget", "pacing"},
    {"task", "lexicons"},
    {"datasets", "prompts", "models", "answers"},
    {"clues"},
    {"asking", "scoring", "manifest", "rendering", "replica"},
    {"finished", "suites", "proof", "fitting", "scale", "judging"},
    {"pipeline", "comparing", "merging", "reliance", "rejudging"},
    {"api", "ranks", "board"},
    {"cli"},
]
"""Top-level modules by rank. A module imports lower ranks and its own folder; within rank 0, `types` and `errors`."""

MAX_MODULE = 350
MAX_FUNCTION = 40
MAX_PARAMETERS = 5
LARGER: dict[str, str] = {}
"""Sizes that were broken on purpose, with the reason."""


def rank(name: str) -> int:
    return next(i for i, names in enumerate(RANKS) if name in names)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level modules of ours that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "affectbench":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("affectbench."):
            yield (node.module or "").split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("affectbench."))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_lower_ranks_only(path: Path) -> None:
    own = room(path)
    if own in ("__init__", "__main__"):
        return
    names = {name for name in imported(ast.parse(path.read_text())) if name not in ("__version__", own)}
    wrong = {name for name in names if not (rank(name) < rank(own) or (rank(own) == 0 and name in ("types", "errors")))}
    assert not wrong, f"{own} (rank {rank(own)}) imports {sorted(wrong)}"


def test_rank_0_is_pure() -> None:
    for path in MODULES:
        if room(path) in ("metrics", "faces", "voices"):
            assert set(imported(ast.parse(path.read_text()))) <= {"errors", "metrics", "faces", "voices"}, path
        if room(path) == "types":
            assert not set(imported(ast.parse(path.read_text())))


def test_every_module_has_a_rank() -> None:
    rooms = {room(path) for path in MODULES} - {"__init__", "__main__"}
    assert rooms == set().union(*RANKS)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_sizes(path: Path) -> None:
    text = path.read_text()
    name = str(path.relative_to(PACKAGE))
    assert text.count("\n") <= MAX_MODULE or name in LARGER
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            where = f"{name}:{node.lineno} {node.name}"
            last = node.end_lineno or node.lineno
            assert last - node.lineno + 1 <= MAX_FUNCTION or where.split()[1] in LARGER, where
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            given = [a for a in arguments if a.arg not in ("self", "cls")]
            click_command = any("command" in ast.unparse(d) for d in node.decorator_list)
            assert len(given) <= MAX_PARAMETERS or click_command, where


def test_no_room_is_called_after_nothing() -> None:
    assert not {"utils", "util", "common", "helpers", "misc"} & {path.stem for path in MODULES}


HEAVY = ("pydantic", "jinja2", "yaml", "numpy", "pandas", "torch", "transformers", "rich", "PIL", "openai")


def heavy_imports(*arguments: str) -> tuple[set[str], str]:
    code = (
        "import sys\nfrom affectbench.cli import cli\n"
        f"try:\n    cli.main({list(arguments)!r}, standalone_mode=False)\n"
        "finally:\n    print('IMPORTED', *[m for m in " + repr(HEAVY) + " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    output, _, names = done.stdout.rpartition("IMPORTED")
    return set(names.split()), output


def test_help_imports_nothing_of_weight() -> None:
    assert heavy_imports("--help")[0] == set()


def test_a_warm_list_imports_nothing_of_weight() -> None:
    heavy_imports("tasks", "list")
    names, output = heavy_imports("tasks", "list")
    assert names == set()
    assert "demo-expression" in output
