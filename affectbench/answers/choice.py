"""One of a closed list.

The first rule that finds a label decides; rules 3 to 7 pass over denied labels.
1. `exact`, `letter`: the reply is an option, another spelling of it, or its letter (if letters were shown).
2. `json field`, `json scores`: the value of a JSON answer, or the only highest number by option.
3. `declared answer`: the last "the answer is ...", "final answer: ...", "I would say ...".
4. `own line`, `final line`: lines or sentences that hold a label and nothing else. 5. `bold`: labels set in bold.
6. A refusal ends it here, unless a short clause behind it ("but it looks like fear") holds one label: `after refusal`.
7. `stated emotion`: "the expression is ...", "overall, ..."; then `mention`, or `contrast` where a label was denied.
`answer tag` says that all of this was read inside `<answer>` or `\\boxed{}`. Where a rule finds two labels the reply is
unparsed (`two labels`), and so it is where a letter stands beside the name of another option.
"""

from __future__ import annotations

from affectbench.answers import commitment
from affectbench.answers.decision import decide
from affectbench.answers.documents import Field, document
from affectbench.answers.folding import Folded, fold
from affectbench.answers.letters import letters, paired
from affectbench.answers.reply import Part
from affectbench.answers.verdict import Span, answered, trimmed, unparsed
from affectbench.answers.words import MOST, Mention, Vocabulary
from affectbench.errors import UsageError
from affectbench.types import Asked, Parsed

KEYS = """
answer answer_choice category choice class dominant_emotion emotion emotions expression facial_expression final
final_answer label option predicted predicted_emotion prediction primary_emotion result sentiment
"""
ANSWER_KEYS = frozenset(KEYS.split())
HIGHEST_SCORE = 1e9  # a share, a percentage, a logit; not an infinite or missing number


class ChoiceReader:
    """Reads replies to a question with a closed list of options."""

    def __init__(self, asked: Asked) -> None:
        if not any(option.strip() for option in asked.options):
            raise UsageError("an answer of form 'choice' needs options: name its labels in the task file")
        self._verbatim = {option.strip(): option for option in asked.options}
        self._letters = asked.options if asked.letters else ()
        self._vocabulary = Vocabulary(asked.options, asked.synonyms)

    def __call__(self, text: str, part: Part) -> Parsed:
        """Return the option that the reply `text` commits to."""
        within = (part.start, part.end)
        read = self._document(text, within) or self._text(text, within)
        return read.model_copy(update={"rule": part.rule}) if part.rule and read.status == "ok" else read

    def _text(self, text: str, within: Span) -> Parsed:
        verbatim = self._verbatim.get(text[slice(*within)])
        if verbatim is not None:
            return answered(verbatim, within, "exact")
        part = fold(text, *within)
        found = self._mentions(part)
        return unparsed(within, "too many labels") if len(found) > MOST else decide(part, found)

    def _mentions(self, part: Folded) -> list[Mention]:
        words = self._vocabulary.mentions(part.text)
        return paired(part.text, words, letters(part, self._letters, words)) if self._letters else words

    def _document(self, text: str, within: Span) -> Parsed | None:
        """Read the JSON in a reply; None if it has none, or none that names an option."""
        json = document(text, *within)
        found = json.fields if json else []
        keyed = [field for field in found if field.keys and field.keys[-1] in ANSWER_KEYS]
        read = [self._field(field) for field in keyed or found if isinstance(field.value, str) and field.value.strip()]
        if not read:
            return self._scores(found)
        answers = [parsed for parsed in read if parsed.status == "ok"]
        if len({parsed.value for parsed in answers}) > 1:
            return unparsed(within, "two labels")
        if keyed:
            return next((parsed for parsed in read if parsed.status != "ok"), read[0])
        return answers[0] if answers else None

    def _field(self, field: Field) -> Parsed:
        value = str(field.value)
        read = self._text(value, trimmed(value))
        start, end = field.span
        if read.span and end - start == len(value):
            start, end = start + read.span[0], start + read.span[1]
        rule = "json field" if read.status == "ok" else read.rule
        return read.model_copy(update={"span": (start, end), "rule": rule})

    def _scores(self, found: list[Field]) -> Parsed | None:
        """Read `{"anger": 0.1, "fear": 0.9}`: every key an option, every value a number, one of them the highest."""
        scores: dict[str, float] = {}
        spans = {}
        for field in found:
            label = commitment.whole_label(self._vocabulary, field.keys[-1]) if field.keys else None
            if label is None or label in scores or not isinstance(field.value, bool | int | float):
                return None
            if not abs(field.value) <= HIGHEST_SCORE:
                return None
            scores[label], spans[label] = float(field.value), field.span
        if not scores:
            return None
        best = max(scores, key=lambda label: scores[label])
        if list(scores.values()).count(scores[best]) > 1:
            return unparsed(spans[best], "two labels")
        return answered(best, spans[best], "json scores", scores)
