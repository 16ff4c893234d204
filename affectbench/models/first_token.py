"""How likely each option is, by the first token of a reply, where a server gives no more than the likeliest tokens.

The tokens that begin one option alone, in whatever case, tell it apart; the rest of its name is taken as certain.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from affectbench.errors import UsageError

NEGLIGIBLE = 1e-3
"""The probability from which on a token that begins several options hides how likely each of them is."""


def check(options: Iterable[str]) -> None:
    """Raise UsageError for options that no first token can tell apart: they begin with the same word."""
    words = ((option, option.casefold().split()[:1]) for option in options)
    for (one, first), (other, second) in combinations(words, 2):
        if first == second:
            raise UsageError(
                f"answer.score_by: likelihood: this server gives the likelihood of first words alone, and {one!r} and "
                f"{other!r} begin with the same one: use a local model (hf, vllm), or score_by: text"
            )


def candidates(options: Sequence[str], tokens: Sequence[Any]) -> dict[str, float]:
    """Return option → log-probability, for those that the tokens tell apart.

    `tokens`: those of the reply as the server lists them, each with `token` and its `top_logprobs`. Raises LookupError,
    TypeError or ValueError where they have another shape.
    """
    spoken: dict[str, Any] = next((token for token in tokens if token["token"].strip()), {"top_logprobs": []})
    shares = dict.fromkeys(options, 0.0)
    hidden: set[str] = set()
    for top in spoken["top_logprobs"]:
        start, share = top["token"].strip().casefold(), math.exp(min(0.0, top["logprob"]))
        begun = [option for option in options if start and option.casefold().startswith(start)]
        if len(begun) == 1:
            shares[begun[0]] += share
        elif share >= NEGLIGIBLE:
            hidden.update(begun)
    return {option: math.log(share) for option, share in shares.items() if share > 0 and option not in hidden}
