"""R1-Omni and HumanOmni (`eval_mafw_dfew.py`): the answer is exactly a label, white space before it aside.

R1-Omni writes `<think>…</think><answer>…</answer>`: there the content of the answer element is compared, else the whole
reply. The paper's UAR and WAR count all samples and the classes that gold has: our `uar` and `war` over `all`.
"""

from __future__ import annotations

from affectbench.answers.published import element, read_as, unread
from affectbench.types import Asked, Parsed


def compared(text: str) -> str:
    """The string that is compared with gold.

    >>> compared(" happy"), compared("<think>a smile</think><answer>happy</answer>"), compared("happy ")
    ('happy', 'happy', 'happy ')
    """
    found = element(text, "answer")
    return (text if found is None else found).lstrip()


class Choice:
    """Reads one label."""

    def __init__(self, asked: Asked) -> None:
        self.options = asked.options

    def __call__(self, text: str) -> Parsed:
        """Return the label of a reply."""
        said = compared(text)
        return read_as(said, text, "exact") if said in self.options else unread(text, "not exactly a label")
