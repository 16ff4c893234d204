"""What may stand in a template: the text is parsed, and every piece of it held against a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from affectbench.errors import AffectbenchError, near
from affectbench.templates.filters import FILTERS, TESTS
from affectbench.templates.operators import MAX_TEXT
from affectbench.templates.sandbox import SANDBOX

MAX_PIECES = 1_000
MAX_DEPTH = 40
MAX_LOOPS_DEEP = 3
RESERVED = frozenset({"self", "super", "caller", "varargs", "kwargs", "result_"})

EXPRESSIONS: tuple[type[nodes.Node], ...] = (
    *(
        nodes.Const,
        nodes.TemplateData,
        nodes.Name,
        nodes.Getattr,
        nodes.Getitem,
        nodes.Slice,
        nodes.Call,
        nodes.Keyword,
    ),
    *(nodes.Filter, nodes.Test, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat),
    *(nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Output, nodes.Template),
)
STATEMENTS: tuple[type[nodes.Node], ...] = (*EXPRESSIONS, nodes.For, nodes.If)


class TemplateError(AffectbenchError):
    """A template that cannot be read, reaches for what it must not, or fails on its row: exit 2."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Loop:
    """A `for` of a prompt: the names that it binds, and its weight: how many pieces each turn evaluates."""

    node: nodes.For
    bound: frozenset[str]
    weight: int


def parse_value(text: str) -> nodes.Template:
    """Parse a value: text and expressions. Raises TemplateError."""
    return _parse(text, EXPRESSIONS)


def parse_prompt(text: str) -> nodes.Template:
    """Parse a prompt: text, expressions, `for` and `if`. Raises TemplateError."""
    tree = _parse(text, STATEMENTS)
    _check_loops(tree, 0)
    return tree


def loops(tree: nodes.Template) -> Iterator[Loop]:
    """Yield the loops of a prompt."""
    for node in tree.find_all(nodes.For):
        targets = [node.target] if isinstance(node.target, nodes.Name) else node.target.find_all(nodes.Name)
        yield Loop(node, frozenset({"loop", *(target.name for target in targets)}), _pieces(node))


def names(tree: nodes.Template) -> frozenset[str]:
    """Return the names that a template reads: `x`, and `x` of `row['x']`."""
    found = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"} - {"row"}
    items = (_item_of_row(node) for node in tree.find_all(nodes.Getitem))
    return frozenset(found | {item for item in items if item is not None})


def single_column(node: nodes.Node) -> str | None:
    """Return the column of `{{ x }}` or `{{ row['x'] }}`, None for any other expression."""
    return node.name if isinstance(node, nodes.Name) and node.name != "row" else _item_of_row(node)


def shown(text: str) -> str:
    """Return a template's text, shortened, as errors show it."""
    line = re.sub(r"\s+", " ", text[:200])
    return repr(line if len(line) <= 80 else line[:79] + "…")


def _parse(text: str, allowed: tuple[type[nodes.Node], ...]) -> nodes.Template:
    if len(text) > MAX_TEXT:
        raise TemplateError(f"a template of {len(text):,} characters: at most {MAX_TEXT:,}")
    if text.count("{{") + text.count("{%") > MAX_PIECES:
        raise TemplateError(f"{shown(text)}: more than {MAX_PIECES} pieces")
    try:
        tree = SANDBOX.parse(text)
    except TemplateSyntaxError as error:
        raise TemplateError(f"line {error.lineno}: {error.message} in {shown(text)}") from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise TemplateError(f"{shown(text)}: {reason}") from None
    _check(tree, allowed, text)
    return tree


def _check(tree: nodes.Template, allowed: tuple[type[nodes.Node], ...], text: str) -> None:
    count = 0
    pieces: list[nodes.Node] = list(tree.body)
    for _ in range(MAX_DEPTH):
        count += len(pieces)
        if count > MAX_PIECES:
            raise TemplateError(f"{shown(text)}: more than {MAX_PIECES} pieces")
        for node in pieces:
            fault = _refusal(node, allowed)
            if fault:
                where = f"line {node.lineno}: " if "\n" in text else ""
                raise TemplateError(f"{where}{fault}, in {shown(text)}")
        pieces = [child for node in pieces for child in node.iter_child_nodes()]
        if not pieces:
            return
    raise TemplateError(f"{shown(text)}: nested too deep")


def _refusal(node: nodes.Node, allowed: tuple[type[nodes.Node], ...]) -> str:
    """Return why `node` may not stand in a template, or an empty string."""
    if not isinstance(node, allowed):
        return (
            "`**` is not allowed" if isinstance(node, nodes.Pow) else f"`{type(node).__name__.lower()}` is not allowed"
        )
    if isinstance(node, nodes.Name) and (node.name.startswith("_") or node.name in RESERVED):
        return f"the name {node.name!r} is not allowed (a column of that name is row[{node.name!r}])"
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return f"the attribute {node.attr!r} is not allowed"
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return f"no filter {node.name!r}{near(node.name, FILTERS)}"
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        return f"no test {node.name!r}{near(node.name, TESTS)}"
    if isinstance(node, nodes.Call | nodes.Filter | nodes.Test) and (node.dyn_args or node.dyn_kwargs):
        return "`*` and `**` before arguments are not allowed"
    return "a recursive loop is not allowed" if isinstance(node, nodes.For) and node.recursive else ""


def _check_loops(node: nodes.Node, depth: int) -> None:
    if depth > MAX_LOOPS_DEEP:
        raise TemplateError(f"line {node.lineno}: loops inside loops, at most {MAX_LOOPS_DEEP} deep")
    for child in node.iter_child_nodes():
        _check_loops(child, depth + isinstance(child, nodes.For))


def _pieces(node: nodes.Node) -> int:
    return 1 + sum(_pieces(child) for child in node.iter_child_nodes())


def _item_of_row(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and node.node.name == "row":
        key = node.arg.value if isinstance(node.arg, nodes.Const) else None
        return key if isinstance(key, str) else None
    return None
