"""Values over a row, and prompts over given variables: Jinja in a sandbox that reaches nothing and stays small.

A *value* is literal text with `{{ … }}` around expressions over the columns of a row; an expression alone keeps its
type. A *prompt* may also hold `for` and `if` over the variables it is given. Both see plain data only (text, numbers,
lists, mappings): no attribute that starts with `_`, no `**`, no repetition of text or lists, no widths over two digits,
nothing longer than `MAX_TEXT` characters, and a bounded amount of work.
"""

from affectbench.templates.compiled import Prompt, Value, prompt, value
from affectbench.templates.grammar import TemplateError
from affectbench.templates.operators import MAX_TEXT

__all__ = ["MAX_TEXT", "Prompt", "TemplateError", "Value", "prompt", "value"]
