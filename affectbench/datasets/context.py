"""Context: earlier rows of the same conversation as lines of text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from affectbench.datasets.cells import text_of
from affectbench.datasets.rows import Row, evaluate
from affectbench.datasets.shape import column
from affectbench.errors import DataError
from affectbench.specs.dataset import Context
from affectbench.templates import value


def earlier_lines(rows: Sequence[Row], context: Context) -> list[str]:
    """Return for each row the `previous` lines before it, among the rows of the same `by`, in the order of `order`."""
    template = value(context.line)
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        groups[tuple(str(column(row, name)) for name in context.by)].append(index)
    found = [""] * len(rows)
    for indices in groups.values():
        ordered = sorted(indices, key=lambda index: _order(rows[index], context))
        lines = [text_of(evaluate(template, rows[index]), rows[index], "text.line") for index in ordered]
        for place, index in enumerate(ordered):
            found[index] = "\n".join(lines[max(0, place - context.previous) : place])
    return found


def _order(row: Row, context: Context) -> float:
    if context.order is None:
        return 0.0
    cell = column(row, context.order)
    try:
        return float(cell)
    except ValueError:
        raise DataError(f"{row.place}: text: order: {context.order} is {cell!r}, not a number") from None
