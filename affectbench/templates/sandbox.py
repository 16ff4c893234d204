"""The Jinja environment: plain data, the operators and filters of this folder, and nothing else to reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, Undefined
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing, pass_context

from affectbench.errors import near
from affectbench.templates.filters import FILTERS, METHODS, TESTS
from affectbench.templates.operators import Method, binary, printable

MAX_WORK = 20_000
LOOP_WORDS = frozenset({"index", "index0", "first", "last", "length"})


class Absent(StrictUndefined):
    """What is not there: every use of it is an error that names it."""

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, Mapping):
            return f"no entry {self._undefined_name!r}{near(str(self._undefined_name), map(str, self._undefined_obj))}"
        return str(super()._undefined_message)


class Sandbox(ImmutableSandboxedEnvironment):
    """Data have items, text and mappings the methods of `METHODS`, loops a few words; nothing else is there."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=Absent, finalize=printable, trim_blocks=True, lstrip_blocks=True, optimized=False)
        self.globals.clear()
        self.filters = {**FILTERS, "counted": _counted}
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
        return __obj(*args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute `left operator right` within bounds."""
        return binary(operator, left, right)


class RowContext(Context):
    """Names are columns of the row, `row` is the whole row. There are no globals. `spent`: the work of loops."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__(SANDBOX, {}, None, {})
        self.row = row
        self.spent = 0

    def resolve_or_missing(self, key: str) -> Any:
        """Return the column `key`."""
        if key in self.row:
            return self.row[key]
        return self.row if key == "row" else missing


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
