"""The answer that a model finds likeliest, in place of what it says.

Each option's log-probability is divided by its length in characters, so that long names are not at a loss, and the
shares are the softmax of that. All options need a number, and one of them the highest; else there is no answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from affectbench.types import Asked, Parsed

RULE = "likelihood"


def read(asked: Asked, logprobs: Mapping[str, float]) -> Parsed:
    """Return the likeliest option with the share of each. `logprobs`: option → log-probability of its text."""
    missing = [option for option in asked.options if not math.isfinite(logprobs.get(option, math.nan))]
    if missing or not asked.options:
        named = ", ".join(missing[:8]) + (", ..." if len(missing) > 8 else "")
        return Parsed(status="unparsed", rule=f"{RULE}: nothing is known of {named}")
    each = {option: logprobs[option] / max(1, len(option)) for option in asked.options}
    highest = max(each.values())
    best = [option for option, value in each.items() if value == highest]
    if len(best) > 1:
        return Parsed(status="unparsed", rule=f"{RULE}: {best[0]} and {best[1]} are as likely")
    weights = {option: math.exp(value - highest) for option, value in each.items()}
    total = sum(weights.values())
    scores = {option: weight / total for option, weight in weights.items()}
    return Parsed(status="ok", value=best[0], scores=scores, rule=RULE)
