"""The small words around clues, in English and Chinese: what denies, what hedges, what ends the reach of
either.

Words of several tokens are written with spaces; Chinese is read sign by sign.
"""

from __future__ import annotations

from typing import Literal

Role = Literal["deny", "hedge", "stop", "pass"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DENY = """
no | not | never | nor | neither | without | cannot | hardly | barely | scarcely | none | nothing | lack
lacks | lacking
lacked | lack of | absence of | no sign of | no signs of | no trace of | no evidence of | no hint of
rather than
instead of | as opposed to | free of | free from | devoid of | void of | fails to | fail to | failed to
failing to
far from | anything but | unlike | ruled out | rule out | rules out | excluding | nowhere | no longer | not any
nothing suggests | nothing indicates | nothing to suggest | nothing to indicate | nothing that suggests
isnt | arent | wasnt | werent | doesnt | dont | didnt | cant
没有 | 没 | 无 | 未 | 不 | 并未 | 并没有 | 并没 | 并不 | 毫无 | 缺乏 | 缺少 | 不见 | 看不到 | 看不出 | 未见
没有出现 | 没看到 | 而非 | 而不是 | 并非 | 不是
"""
HEDGE = """
might | may | maybe | perhaps | possibly | possible | probably | presumably | apparently | seem | seems
seemed | seemingly
appear | appears | appeared | could | would | likely | whether | unclear | unsure | uncertain | if | as if
as though
suggests | suggesting | suggest | not necessarily | not fully | not quite | not entirely | not completely
not really
not very | not particularly | not strongly | not overly | hard to tell | difficult to tell | not clear
not sure
not certain | cannot tell | can't tell | cannot say | can't say | cannot be sure | i think | potentially
arguably | unlikely | doubtful | improbable | supposed | supposedly | alleged | allegedly | so called
possibly with | perhaps with | maybe with | probably with | barely visible | barely perceptible | barely noticeable
hardly visible | hardly perceptible | hardly noticeable | scarcely visible | scarcely perceptible
似乎 | 可能 | 也许 | 或许 | 看起来 | 看上去 | 仿佛 | 好像 | 大概 | 疑似 | 如果 | 是否 | 不确定 | 不太确定
难以判断 | 不一定 | 未必 | 不见得 | 说不定 | 不好说 | 恐怕
"""
STOP = """
but | however | although | though | while | whereas | yet | because | since | so | therefore | then | which
except
besides | apart from | other than | instead | despite | with | still | and yet | even though
但 | 但是 | 然而 | 却 | 而是 | 而 | 不过 | 可是 | 只是 | 反而 | 因为 | 所以 | 同时 | 并且 | 仍
"""
PASS = """
not only | not just | not merely | not simply | not to mention | no doubt | without doubt | without a doubt
without any doubt
without question | no question | nothing but | nothing less than | cannot help but | can't help but
could not help but
couldn't help but | cannot be denied | can't be denied | no less | if anything | if any | as well as not
no wonder
cannot stop | can't stop | could not stop | couldn't stop | cannot hold back | can't hold back | could not hold back
couldn't hold back | hardly hold back | barely hold back | cannot contain | can't contain | hardly contain
barely contain | cannot hide | can't hide | could not hide | couldn't hide | hardly hide | barely hide | fails to hide
fail to hide | failed to hide | does not hide | doesn't hide | cannot suppress | can't suppress | barely suppress
hardly suppress
never fails to | never failed to | no matter | not long after | not until | even if
不仅 | 不但 | 不只 | 不光 | 不仅仅 | 不禁 | 不由得 | 不由自主 | 忍不住 | 不断 | 不停 | 不时 | 不自觉
毫无疑问 | 无疑 | 不同 | 不少 | 无比 | 不得不
无法掩饰 | 掩饰不住 | 藏不住 | 未来 | 无论 | 不管
"""


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|"))


ROLES: dict[Role, frozenset[str]] = {
    "deny": _phrases(DENY),
    "hedge": _phrases(HEDGE),
    "stop": _phrases(STOP),
    "pass": _phrases(PASS),
}
HARD = frozenset(".;!?\n")
"""Marks that end a sentence or its half: nothing reaches beyond them."""

SKIPPED = _words("""
the a an his her their its my your of both left right two one's person's this that these
those
""")
"""Words that may stand inside a phrase: the corner of (the left) eye."""

AUXILIARY = _words("""
is are was were be been being am has have had do does did can could will would may might must should isn't
aren't wasn't weren't hasn't haven't doesn't don't didn't can't couldn't won't cannot not never no to also
""")
FILLING = AUXILIARY | _words("""
seem seems seemed appear appears appeared look looks looked remain remains become becomes get gets stay stays
kept keep keeps held hold holds left leave leaves slightly strongly very quite rather somewhat a bit little
just clearly visibly noticeably markedly mildly subtly gently tightly firmly partly partially fully widely
sharply deeply highly heavily faintly barely hardly simultaneously together inward inwards outward outwards in
out and-then more most less both all each either as so too pulled pull pulls pulling drawn draw draws drew
drawing pushed push pushes turned turn turns turning go goes went gone going move moves moved moving curl
curls curled curling tug tugs tugged bring brings brought shoot shoots shot squeeze squeezed shift shifted
come comes tilted tilt form forms even still now being probably possibly perhaps maybe apparently likely
really actually longer necessarily significantly neither merely only simply
微 轻 略 稍 有 些 点 地 得 的 了 着 是 都 很 被 明 显 也 向
正 在 十 分 非 常 呈 现 处 于 没 不 未 并 毫 无 似 乎 可 能 好 像 看 起 来 上 紧 高 深 用 力 大
""")
"""Words that may stand between a part and what it does: the brows ARE SLIGHTLY raised."""

BEFORE = SKIPPED | _words("""
slightly strongly very quite somewhat a bit little clearly visibly tightly firmly deep deeply up apart open
outer inner together in at and-then person person's man's woman's own whole subject's speaker's 的 着 了 起 那
他 她 双 左 右 两 小 大
""")
"""Words that may stand between what is done and the part: raised LEFT brow, raising of HER brows."""

BUT = _words("but 但 却 反 而")
"""What turns within a sentence: the brows are not raised BUT lowered."""

LINKS = _words(", and or nor / & + 和 或 与 及 、 还 者 以 并")
"""What joins the members of a list."""

LISTED = (
    LINKS | SKIPPED | _words("any even also sign signs trace as well visible clear obvious either slight 任 何 的 有")
)
"""What may stand between two members of a list that share a fate."""

OR = frozenset({"or", "nor", "或"})
AND = frozenset({"and", "&", "和", "与", "及"})
ABSENT = _words("absent gone missing lacking inactive no none nowhere false 0 off n/a ✗ ✘ ❌")
STATES = _words("""
present visible seen observed detected evident there noticeable apparent active activated engaged shown
detectable discernible found
""")
BE = _words("""
is are was were be been being seems seem appears appear remains remain can could does do did has
have
""")
BARELY = _words("hardly barely scarcely")
SUBJECTS = _words("the his her their its he she it they there this")
EXAMPLES = _words("such including like especially")
SOFTENERS = _words("perhaps maybe possibly probably likely presumably apparently")
