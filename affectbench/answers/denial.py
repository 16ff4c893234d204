"""Which mentions a reply denies: `not happy`, `no AU4`, `fear is absent`, `neither anger nor disgust`, `AU12: 0`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise, takewhile

from affectbench.answers.words import Mention

DENIER = (
    r"not|no|never|nor|neither|without|cannot|hardly|none|nothing|whether|unsure|unclear|unlike|unlikely|excluding|lacks?"
    r"|lacking|[a-z]{2,8}n't|isnt|arent|wasnt|doesnt|dont|cant|rather than|instead of|as opposed to"
    r"|rul(?:e|ed|es|ing) out|absence of|lack of|far from|free (?:of|from)|anything but|less likely"
)
IDIOM = r"only|just|merely|simply|but|a doubt|any doubt|doubt|question"  # "no doubt" and "nothing but" deny nothing
TURN = (
    r"but|and|so|because|since|while|although|though|which|however|yet|therefore|instead|rather|would|i'd|i'll|then"
    r"|other than|except|besides|apart from"
)
SCOPE = re.compile(  # a denier, and the up to seven words that it reaches
    rf"""\b(?:{DENIER})\b(?! (?:{IDIOM})\b)(?=((?:[ \t*_"'`(\[]{{1,6}}+(?!(?:{TURN})\b)[\w'/-]++){{1,7}}))"""
    r"|\b(?:non|un|anti)-(?=(\w+))|[不没沒無无非](?=([\u3400-\u9fff]{1,4}))"
)
STATES = r"present|active|activated|visible|observed|seen|detected|evident|engaged|there"
ABSENT = (
    r"(?:absent|missing|inactive|excluded|eliminated|unlikely|incorrect|wrong|less likely|ruled out"
    rf"|not (?:{STATES}))\b"
)
LISTED = re.compile(  # a heading whose whole list is denied, or an empty box
    rf"\b(?:eliminat(?:ed?|ing)|exclud(?:ed?|ing)|ruled out|rejected|discarded|incorrect|wrong|absent|inactive|missing"
    rf"|not (?:{STATES}))(?: (?:options?|choices?|answers?|labels?|emotions?|aus?|action units?))?"
    r"""(?: (?:are|is))?[*_"' ]{0,3}:\s{0,3}|\[ \]\s{1,2}"""
)
AFTER = re.compile(  # behind a mention: it is denied
    r"""["'*_`)\]]{0,4}(?:"""
    r" (is|was|does|did|seems|appears|looks|remains|can be|could be|are|were|do|remain)"
    rf"(?: (?:clearly|definitely|probably|likely|also|really|both|all))? (?:not\b|no\b|{ABSENT})"
    r"| (isn't|wasn't|doesn't|didn't|aren't|weren't|don't)\b| (?:cannot|can't|can not) be (?:seen|observed|detected)\b"
    r"""|[*_"']{0,3}\s?(?:[:=|→]|->| -)\s?["'*_]{0,3}"""
    rf"(?:0(?!\.?[0-9])|no\b(?! (?:doubt|question))|none\b(?! of)|n/a\b|false\b|off\b|[✗✘❌]|{ABSENT})"
    rf"| (?:- ?)?(?:{ABSENT}|[✗✘❌])|\s?\((?:0\b|no\b|{ABSENT})|-(?:free|less)\b"
    r"|\?\s{1,2}no\b(?! (?:doubt|question)))"
)
PLURAL = frozenset({"are", "were", "do", "remain", "aren't", "weren't", "don't"})
LINK = re.compile(  # what joins the members of one list of labels
    r"""[ \t"'*_`)(\[\],/&+|;~-]{0,6}+"""
    r"""(?:\b(?:and|or|nor|as well as|also|even|possibly|perhaps|maybe|a|an|the|of|any)\b[ "'*_`(,/]{0,4}+){0,3}+"""
)
LONGEST_LINK = 32
LONGEST_LIST = 40
RANGE = ""  # between the units of `AU1-AU4`, which share a fate
OR = re.compile(r"\b(?:or|nor)\b")
AND = re.compile(r"\b(?:and|as well as)\b|&")
DIRECT_AND = re.compile(r"[ *_\"'`)]*(?:and\b|&|/|as well as\b)")
OWN_ITEM = re.compile(r"[,;+/][ \t]*(?:and )?[\w']+[ \t]+")

Link = str | None
Flag = bool | None


def linked(text: str, left: Mention, right: Mention) -> Link:
    """Return what stands between two members of one list (such as `, or `), None if they are not in one list."""
    if right.start <= left.end:
        return RANGE
    if right.start - left.end > LONGEST_LINK:
        return None
    return text[left.end : right.start] if LINK.fullmatch(text, left.end, right.start) else None


def denied(text: str, mentions: list[Mention]) -> list[Flag]:
    """Return for each mention in folded `text` whether the reply denies it; None where that cannot be told.

    A denial reaches the first mention behind it, and the rest of its list where an `or`, a `nor` or a direct `and`
    joins it: in "not happy, sad or angry" all three are denied, in "not happy, sad" only the first. "No AU4, AU6 and
    AU12" can be read in two ways.
    """
    if not mentions:
        return []
    links = [linked(text, left, right) for left, right in pairwise(mentions)]
    flags: list[Flag] = [False] * len(mentions)
    for index, whole_list in _reached(text, mentions):
        own_item = index > 0 and OWN_ITEM.fullmatch(text, mentions[index - 1].end, mentions[index].start)
        last = _range_end(links, index)
        flags[index : last + 1] = [True] * (last + 1 - index)
        _spread(flags, links, last, True if whole_list else _rest(links, last, bool(own_item)))
    for index, mention in enumerate(mentions):
        after = AFTER.match(text, mention.end)
        if after:
            first = _list_start(links, index, (after[1] or after[2]) in PLURAL)
            flags[first : index + 1] = [True] * (index + 1 - first)
    return flags


def _reached(text: str, mentions: list[Mention]) -> Iterator[tuple[int, bool]]:
    """Yield the index of each mention that a denial reaches first, and whether its whole list is denied with it."""
    starts = [mention.start for mention in mentions]
    for scope in SCOPE.finditer(text):
        start, end = scope.span(scope.lastindex or 0)
        index = bisect_left(starts, start)
        inside = index > 0 and mentions[index - 1].end > scope.start()  # the option `no expression` denies nothing
        if index < len(starts) and starts[index] < end and not inside:
            yield index, False
    for heading in LISTED.finditer(text):
        index = bisect_left(starts, heading.end())
        if index < len(starts) and starts[index] <= heading.end() + 3:
            yield index, True


def _rest(links: list[Link], index: int, own_item: bool) -> Flag:
    """Return what a denial of mention `index` makes of the rest of its list."""
    joints = [link or "" for link in takewhile(lambda link: link is not None, links[index : index + LONGEST_LIST])]
    if not joints:
        return False
    if DIRECT_AND.match(joints[0]) or any(OR.search(joint) for joint in joints):
        return True
    return None if not own_item and any(AND.search(joint) for joint in joints[1:]) else False


def _spread(flags: list[Flag], links: list[Link], index: int, rest: Flag) -> None:
    while rest is not False and index < len(links) and links[index] is not None:
        index += 1
        flags[index] = rest


def _range_end(links: list[Link], index: int) -> int:
    while index < len(links) and links[index] == RANGE:
        index += 1
    return index


def _list_start(links: list[Link], index: int, whole_list: bool) -> int:
    while index > 0 and (links[index - 1] == RANGE or (whole_list and links[index - 1] is not None)):
        index -= 1
    return index
