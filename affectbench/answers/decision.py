"""Which one of the mentioned options a reply commits to: the rules of `choice` for text."""

from __future__ import annotations

from affectbench.answers import commitment
from affectbench.answers.denial import denied
from affectbench.answers.folding import Folded
from affectbench.answers.letters import DISAGREE
from affectbench.answers.refusal import Refusal, refusal
from affectbench.answers.verdict import answered, refused, unparsed
from affectbench.answers.words import Mention
from affectbench.types import Parsed

SHORT = 12  # words behind a refusal that may still hold an answer; a longer text describes rather than answers


def decide(part: Folded, mentions: list[Mention]) -> Parsed:
    """Return the option that `part` commits to; `mentions` are all that it names, denied or not, in order."""
    text = part.text
    if len(mentions) == 1 and commitment.whole(text, mentions[0]):
        return _one(part, mentions, "letter" if mentions[0].kind in ("letter", "bare") else "exact")
    flags = denied(text, mentions)
    kept = [mention for mention, no in zip(mentions, flags, strict=True) if not no]
    chosen, rule = _committed(text, kept) if kept else ([], "")
    if chosen:
        return _one(part, chosen, rule)
    declined = refusal(text)
    if declined:
        return _beside(part, declined, kept)
    clauses = commitment.statements(text) if kept else ()
    stated = [mention for clause in clauses for mention in commitment.leading(text, clause, kept)]
    if stated:
        return _one(part, stated, "stated emotion")
    sure = [mention for mention in kept if mention.kind != "bare"]
    if sure:
        return _one(part, sure, "contrast" if any(flags) else "mention")
    return unparsed(part.span(0, len(text)), "only denied labels" if any(flags) else "no label")


def _committed(text: str, kept: list[Mention]) -> tuple[list[Mention], str]:
    for clause in commitment.declarations(text):
        lead = commitment.leading(text, clause, kept)
        if lead:
            return lead, "declared answer"
    confirmed = [mention for mention in kept if commitment.confirmed(text, mention)]
    if confirmed:
        return confirmed, "declared answer"
    lines = [mention for mention in kept if commitment.alone(text, mention)]
    if lines:
        return lines, "final line" if commitment.ends(text, lines[-1]) else "own line"
    return [mention for mention in kept if commitment.bold(text, mention)], "bold"


def _beside(part: Folded, declined: Refusal, kept: list[Mention]) -> Parsed:
    """Read a reply that declines: a short clause behind the refusal may still answer."""
    behind = [mention for mention in kept if mention.start >= declined.resumes and mention.kind != "bare"]
    short = len(part.text[declined.resumes :].split(None, SHORT)) <= SHORT
    if short and len({mention.label for mention in behind}) == 1:
        return _one(part, behind, "after refusal")
    return refused(part.span(declined.start, declined.end), declined.rule)


def _one(part: Folded, chosen: list[Mention], rule: str) -> Parsed:
    labels = {mention.label for mention in chosen}
    if DISAGREE in labels:
        return unparsed(part.span(chosen[0].start, chosen[-1].end), "letter and label disagree")
    if len(labels) > 1:
        return unparsed(part.span(chosen[0].start, chosen[-1].end), "two labels")
    return answered(chosen[0].label, part.span(chosen[0].start, chosen[0].end), rule)
