"""Which basic expression follows from a set of action units: the prototype of EMFACS that fits best.

Prototypes are those by which the demo's faces are drawn (`faces.expressions`, after EMFACS, Ekman & Friesen 1983).
"""

from __future__ import annotations

from collections.abc import Collection

from affectbench.faces.expressions import BASIC

RULE = "emfacs/best-fit@1"
"""The name of the rule of `following`; another rule has another name."""


def fit(units: Collection[int], expression: str) -> float:
    """F1 of `units` with what the expression always shows; units that it may show cost nothing. 0..1.

    >>> fit({6, 12, 25}, "happiness"), fit((), "neutral")
    (1.0, 1.0)
    """
    prototype = BASIC[expression]
    always = set(prototype.always)
    counted = set(units) - (set(prototype.maybe) - always)
    if not always:
        return float(not units)
    return 2 * len(always & counted) / (len(always) + len(counted))


def following(units: Collection[int]) -> tuple[str, ...]:
    """Return the expressions that fit best, more than one if they fit alike, none if nothing fits.

    >>> following({6, 12}), following(()), following({18})
    (('happiness',), ('neutral',), ())
    """
    fits = {expression: fit(units, expression) for expression in BASIC}
    best = max(fits.values())
    return tuple(expression for expression, found in fits.items() if found == best) if best > 0 else ()
