"""Templates that were read, checked and compiled once: `Value` over a row, `Prompt` over given variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.runtime import Context

from affectbench.errors import near
from affectbench.templates.grammar import TemplateError, loops, names, parse_prompt, parse_value, shown, single_column
from affectbench.templates.operators import MAX_TEXT, Method
from affectbench.templates.sandbox import SANDBOX, RowContext

FAULTS = (JinjaError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Value:
    """A compiled value: call it with a row (column → cell). `columns` are the columns that it names."""

    def __init__(self, text: str) -> None:
        self.text = text
        tree = parse_value(text)
        self.parts = [part for output in tree.find_all(nodes.Output) for part in output.nodes]
        self.literals = tuple(part.data for part in self.parts if isinstance(part, nodes.TemplateData))
        self.columns = names(tree)
        self.constant = len(self.literals) == len(self.parts)
        self.alone = len(self.parts) == 1 and not self.constant
        self.column = single_column(self.parts[0]) if self.alone else None
        self._run: Callable[[Context], Iterator[str]] | None = None

    def __call__(self, row: Mapping[str, Any]) -> Any:
        """Return the value for `row`. Raises TemplateError; one for an absent column names it and near ones."""
        if self.constant:
            return "".join(self.literals)
        if self.column is not None:
            if self.column in row:
                return row[self.column]
            raise self._fault(row, "is undefined")
        try:
            result = self._evaluate(row)
        except FAULTS as error:
            raise self._fault(row, str(error)) from None
        if isinstance(result, Undefined):
            raise self._fault(row, result._undefined_message)
        if isinstance(result, Method):
            raise self._fault(row, "is a method: call it, with brackets")
        if isinstance(result, str) and len(result) > MAX_TEXT:
            raise TemplateError(f"{shown(self.text)} gives {len(result):,} characters, at most {MAX_TEXT:,}")
        return result

    def _evaluate(self, row: Mapping[str, Any]) -> Any:
        if self._run is None:
            self._run = _compiled(self.text, self.alone)
        context = RowContext(row)
        parts = list(self._run(context))
        return context.vars["result_"] if self.alone else "".join(parts)

    def _fault(self, row: Mapping[str, Any], message: str) -> TemplateError:
        return TemplateError(f"{shown(self.text)}: {_absent('column', self.columns, row, message)}")


class Prompt:
    """A compiled prompt template. `variables` are the names that it needs."""

    def __init__(self, text: str) -> None:
        tree = parse_prompt(text)
        self.text = text
        self.variables = names(tree) - {name for loop in loops(tree) for name in loop.bound}
        for loop in loops(tree):
            weight = nodes.Const(loop.weight)
            loop.node.iter = nodes.Filter(loop.node.iter, "counted", [weight], [], None, None, lineno=loop.node.lineno)
        self._template = SANDBOX.from_string(tree)

    def render(self, variables: Mapping[str, Any]) -> str:
        """Return the prompt's text. Raises TemplateError with the line, naming a variable that was not given."""
        parts: list[str] = []
        length = 0
        try:
            for part in self._template.root_render_func(RowContext(variables)):
                length += len(part)
                if length > MAX_TEXT:
                    raise ValueError(f"gives more than {MAX_TEXT:,} characters")
                parts.append(part)
            text = "".join(parts)
            text.encode()  # half a character, as "\ud800" gives, could neither be sent nor recorded
        except FAULTS as error:
            message = _absent("variable", self.variables, variables, str(error))
            line = self._line(error)
            raise TemplateError(f"line {line}: {message}" if line else message) from None
        return text

    def _line(self, error: BaseException) -> int:
        trace, line = error.__traceback__, 0
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<template>":
                line = self._template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return line


@lru_cache(maxsize=8192)
def value(text: str) -> Value:
    """Compile a value, or return it compiled. Raises TemplateError."""
    return Value(text)


@lru_cache(maxsize=1024)
def prompt(text: str) -> Prompt:
    """Compile a prompt template, or return it compiled. Raises TemplateError with the line where it is known."""
    return Prompt(text)


def _compiled(text: str, alone: bool) -> Callable[[Context], Iterator[str]]:
    tree = SANDBOX.parse(text)
    if alone:
        output = next(tree.find_all(nodes.Output))
        tree.body = [nodes.Assign(nodes.Name("result_", "store", lineno=1), output.nodes[0], lineno=1)]
    return SANDBOX.from_string(tree).root_render_func


def _absent(kind: str, needed: frozenset[str], given: Mapping[str, Any], message: str) -> str:
    """Return `message`, or where it comes from a name that is not given, that name with near ones."""
    absent = sorted(name for name in needed if name not in given)
    if not absent or "undefined" not in message:
        return message
    known = ", ".join(map(repr, islice(given, 12))) + ", …" * (len(given) > 12)
    return f"no {kind} {absent[0]!r}{near(absent[0], given)} ({kind}s: {known})"
