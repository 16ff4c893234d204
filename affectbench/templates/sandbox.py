"""The Jinja environment: plain data, the operators and filters of this folder, and nothing else to reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, Undefined
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing, pass_context

from affectbench.errors import near
from affectbench.templates.filters import FILTERS, METHODS, TESTS
from affectbench.templates.operators import Method, binary, printable

MAX_WORK = 20_000
MAX_HANDLED = 5_000_000
"""Characters that filters and methods may go through for one result; an item of a list counts as ten."""

LOOP_WORDS = frozenset({"index", "index0", "first", "last", "length"})


class Absent(StrictUndefined):
    """What is not there: every use of it is an error that names it."""

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, Mapping):
            name = str(self._undefined_name)
            return f"no entry {name[:80]!r}{near(name, map(str, self._undefined_obj))}"
        return str(super()._undefined_message)


class Sandbox(ImmutableSandboxedEnvironment):
    """Data have items, text and mappings the methods of `METHODS`, loops a few words; nothing else is there."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=Absent, finalize=printable, trim_blocks=True, lstrip_blocks=True, optimized=False)
        self.globals.clear()
        self.filters = {**{name: _metered(filter_) for name, filter_ in FILTERS.items()}, "counted": _counted}
        self.tests = dict(TESTS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the item, method or loop word `attribute` of `obj`. Raises UndefinedError where `obj` is not there."""
        if isinstance(obj, Undefined):
            str(obj)
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        kind = str if isinstance(obj, str) else dict if isinstance(obj, Mapping) else None
        if kind is not None and attribute in METHODS[kind]:
            return Method(METHODS[kind][attribute], obj)
        if isinstance(obj, LoopContext) and attribute in LOOP_WORDS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return the item `argument` of text, a sequence or a mapping; never an attribute."""
        if isinstance(obj, Undefined):
            str(obj)
        if isinstance(obj, Sequence | Mapping):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                pass
        return self.undefined(obj=obj, name=argument)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805  (as Jinja names them)
        """Call a method that `getattr` gave."""
        if not isinstance(__obj, Method):
            raise TypeError("only methods of text and mappings can be called")
        _spend(__context, __obj.owner, *args)
        given = {name: value for name, value in kwargs.items() if name not in ("_loop_vars", "_block_vars")}
        return __obj(*args, **given)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute `left operator right` within bounds."""
        return binary(operator, left, right)


class RowContext(Context):
    """Names are columns of the row, `row` is the whole row. There are no globals.

    `spent`: the work of loops; `handled`: the sizes of what filters and methods were given.
    """

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__(SANDBOX, {}, None, {})
        self.row = row
        self.spent = 0
        self.handled = 0

    def resolve_or_missing(self, key: str) -> Any:
        """Return the column `key`."""
        if key in self.row:
            return self.row[key]
        return self.row if key == "row" else missing


def _metered(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that counts what it is given, and refuses when that is too much."""

    @pass_context
    def metered(context: Context, *args: Any, **kwargs: Any) -> Any:
        _spend(context, *args)
        return filter_(*args, **kwargs)

    return metered


def _spend(context: Context, *values: Any) -> None:
    if isinstance(context, RowContext):
        context.handled += sum(
            len(value) * (1 if isinstance(value, str) else 10)
            for value in values
            if isinstance(value, Mapping | Sequence)
        )
        if context.handled > MAX_HANDLED:
            raise ValueError("its filters and methods do too much work")


@pass_context
def _counted(context: RowContext, items: Any, weight: int) -> list[Any]:
    """Return what a loop of `weight` pieces goes over, as long as all loops together stay within MAX_WORK."""
    if not isinstance(items, list | tuple | Mapping):
        raise TypeError("a loop goes over a list or a mapping")
    context.spent += len(items) * weight
    if context.spent > MAX_WORK:
        raise ValueError("the loops do too much work")
    return list(items)


SANDBOX = Sandbox()
