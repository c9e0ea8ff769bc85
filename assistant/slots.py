"""The sort of thing a question wants, and whether a sentence holds one.

A slot is a sort of value: money, a share, a number, a length of time, a date, a cause, a
comparison, a name, a place. Each has a pattern for the question and one for the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.words import GROUPS, HAS_CAUSE, stem, words_of
from index.facts.front import MONTHS

_MONTHS = "|".join(MONTHS)


@dataclass(frozen=True, slots=True)
class Slot:
    """A sort of value: how questions ask for it, how sentences give it."""

    name: str
    asked: re.Pattern[str]
    given: re.Pattern[str]


def _slot(name: str, asked: str, given: str | re.Pattern[str]) -> Slot:
    pattern = re.compile(given, re.IGNORECASE) if isinstance(given, str) else given
    return Slot(name, re.compile(asked, re.IGNORECASE), pattern)


SLOTS = (
    _slot(
        "money",
        r"\bcosts?\b|spen[dt]|budget|\u00a3|\bpa(?:y|id)\b|money|fund|saving|price",
        r"\u00a3|\bmillion\b|\bbudget|\bcosts?\b",
    ),
    _slot(
        "share",
        r"per ?cent|percentage|proportion|\bshare\b|\brate\b|fraction",
        r"%|per cent|\bhalf\b|\bthirds?\b|\bquarters?\b|\bmajority\b|\d+ (?:out )?of \d+|\brate\b",
    ),
    _slot(
        "number",
        r"how many|how much|number of|what number|figure|total",
        r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
        r"forty|fifty|hundred|half|none|no)\b",
    ),
    _slot(
        "time",
        r"how (?:long|quickly|soon|fast|often)|average (?:time|length|wait)|waiting time|time ?scale|"
        r"how many (?:days|weeks|months|years|hours)",
        r"\b(?:hours?|days?|weeks?|months?|years?|daily|weekly|monthly|quarterly|annual\w*|"
        r"immediately|same day)\b",
    ),
    _slot(
        "date",
        r"\bwhen\b|what (?:date|year|month|day)|since when|which (?:month|year)|by when|date of",
        rf"\b(?:19|20)\d\d\b|\b(?:{_MONTHS})\b",
    ),
    _slot("month", r"(?:what|which|exact) (?:date|month|day)", rf"\b(?:{_MONTHS})\b"),
    _slot("cause", r"\bwhy\b|reason|cause|what led|behind|explain", HAS_CAUSE),
    _slot(
        "comparison",
        r"compar|\bthan\b|higher|lower|difference|bigger|smaller|versus|\bvs\b|rank|relative|"
        r"similar to|national|neighbour|average|last year|year before|previous",
        r"\bthan\b|compar|higher|lower|above|below|similar|in line|increas|decreas|reduc|fall|fell|"
        r"rise|rose|better|worse|national|neighbour|average|improv|from \d",
    ),
    _slot(
        "deed",
        r"\b(?:has|have|had|did|was|were|is|are|already|now)\b",
        r"\b(?:plans? to|planned|planning to|intend\w*|will (?:be|have)|propos\w+|due to (?:be|start|begin|open)|"
        r"aims? to|not yet|is to be|are to be|in development|being developed|upcoming|shortly)\b",
    ),
)  # fmt: skip
"""``deed`` is given by words of plans: a plan is not the deed that was asked about."""

_NAME = re.compile(
    r"\bwho\b|\bname[ds]?\b|called|(?:which|what) (?:\w+ )?(?:company|provider|charity|schools?|agency|"
    r"agencies|organisation|firm|university|system|software|model|tool|partner|council|hospital|"
    r"trust|borough|programme|scheme|framework)",
    re.IGNORECASE,
)
_PROPER = re.compile(
    r"(?<![.!?]\s)(?<!^)\b[A-Z][\w\u2019'-]+|\u2018[^\u2019]{2,60}\u2019|\b[A-Z]{2,}\b"
)
_EACH = re.compile(
    r"\beach\b|breakdown|broken down|split|separately|respectively|"
    r"by (?:age|gender|ethnic|area|team|ward|school)",
    re.IGNORECASE,
)
_WHERE = re.compile(r"\bwhere\b|which (?:town|ward|area|part|district|locality)", re.IGNORECASE)
_YES_NO = re.compile(r"(?:has|have|had|did|is|are|was|were|do|does)\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?:how many|how much|number of|proportion of|percentage of|per cent of|total of|"
    r"what (?:share|fraction) of)\s+((?:[\w'\u2019-]+\s*){1,5})",
    re.IGNORECASE,
)
_NOT_COUNTED = frozenset(
    [
        *[
            "did",
            "do",
            "does",
            "were",
            "was",
            "is",
            "are",
            "had",
            "has",
            "have",
            "that",
            "which",
            "who",
            "in",
            "at",
            "on",
            "with",
            "there",
            "the",
        ],
        "of",
        "these",
        "those",
        "its",
        "their",
    ]
)
_FIGURE = re.compile(
    r"(?<![\d.,/])\d[\d,.]*\s?(?:%|per cent)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|fifteen|twenty|thirty|forty|fifty|half|third|quarter|all|none|no|every|most)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"(?<![\d.,/])\d[\d,.]*\s?(?:%|per cent)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|hundred|half|third|quarter|no|none)\b",
    re.IGNORECASE,
)
"""Figures that say how many; ``most`` and ``all`` do not."""
_PLAIN_NUMBER = re.compile(
    r"(?<![\d.,/])(?:\d{1,3}(?:,\d{3})+|\d+)(?!\d|\s?%|\.\d|,\d|\s?per cent|[-\u2013/]\d)"
)
_CARED_FOR = re.compile(r"\b(?:look\w* after|car(?:ed|es|ing) for)\s+(?:\w+ ){0,2}$", re.IGNORECASE)
_IN_CARE = GROUPS["in care"]
_BEING_CARED_FOR = frozenset(stem(word) for word in ("looked", "after", "care", "cared", "for"))
"""What a sentence that looks after so many children need not say of them again."""
_NUMBER_OF = re.compile(
    r"\b(?:number|total|population) of (?P<what>[^.;,\d]{5,60}?)\s+(?:\w+ ){0,4}?(?:is|was|were|are|to|at|of|stands at|stood at)\s+"
    r"(?:currently |now |about |around )?(?P<number>\d{1,3}(?:,\d{3})+|\d+)(?![\d%])(?!\s?per cent)",
    re.IGNORECASE,
)
_TAIL_ENDS = re.compile(
    r"[,.;(:]|\bwhen\b|\band (?=\d|(?:one|two|three|four|five|six|seven|eight|nine|ten)\b)|\bcompared\b|\bat \d|\bon \d"
)
_REACH = 60
"""Characters around a figure in which what it counts is looked for."""


def slot_features(question: str, sentences: Sequence[str], paragraph: str) -> list[float]:
    """Which slots the question has, and whether the first sentence, the first three, or the
    first one's paragraph fill them; what is counted, and whether a figure stands by it."""
    first, three = sentences[0], " ".join(sentences[:3])
    found: list[float] = []
    for slot in SLOTS:
        asked = bool(slot.asked.search(question))
        found += [asked, *(asked and bool(slot.given.search(t)) for t in (first, three, paragraph))]
    known = {word.lower() for word in re.findall(r"[\w\u2019'-]+", question)}
    name, where = bool(_NAME.search(question)), bool(_WHERE.search(question))
    found += [name, name and _names(first, known), name and _names(three, known)]
    found += [bool(_EACH.search(question)), where, where and _names(first, known)]
    noun = counted_noun(question)
    found += [
        bool(noun),
        by_figure(noun, first) if noun else -1.0,
        max(by_figure(noun, s) for s in sentences[:4]) if noun else -1.0,
        counts_it(question, first, "") if noun else -1.0,
        max(counts_it(question, s, "") for s in sentences) if noun else -1.0,
        len(_FIGURE.findall(first)),
        bool(_YES_NO.match(question.strip())),
    ]
    return [float(value) for value in found]


def counted_noun(question: str) -> set[str]:
    """Stems of what a question wants counted: the words right after ``how many``."""
    match = _COUNTED.search(question)
    stems: set[str] = set()
    for word in words_of(match.group(1)) if match else ():
        if word not in _NOT_COUNTED:
            stems.add(stem(word))
        elif stems:
            break
    return stems


def _names(text: str, known: set[str]) -> int:
    """How many proper names a text holds that the question does not."""
    return sum(name.lower().strip("\u2018\u2019") not in known for name in _PROPER.findall(text))


_OF_TOTALS = frozenset(
    stem(word)
    for word in [
        "being",
        "looked",
        "looking",
        "after",
        "care",
        "caring",
        "children",
        "young",
        "people",
        "local",
        "authority",
        "council",
        "city",
        "borough",
        "county",
        "area",
        "currently",
        "time",
        "inspection",
        "total",
        "number",
        "altogether",
        "many",
        "have",
        "has",
        "had",
        "there",
        "were",
        "are",
        "is",
        "was",
        "does",
        "did",
        "do",
        "by",
        "the",
        "in",
        "of",
        "at",
        "and",
        "its",
        "their",
        "a",
        "la",
        "responsible",
        "it",
        "they",
        "them",
    ]
)
"""Words that a total is asked for and given with, beside the name of what is counted."""


_COUNTS_PEOPLE = re.compile(
    r"\bhow many (?:[\w'\u2019-]+ ){0,3}?(?:children|people|pupils|care leavers|carers|workers|adopters|officers|advisers)\b",
    re.IGNORECASE,
)


_SMALL = ("home educated", "young carers", "asylum seeking", "disabled")
"""Groups that a report counts once, if at all: any count of them is the one."""
_AT_THE_INSPECTION = re.compile(
    r"\b(?:when (?:ofsted|(?:the )?inspectors?) \w+|at the time(?: of (?:the|this) (?:inspection|visit|report))?|"
    r"(?:at|during) (?:the|this) (?:inspection|visit))\b(?:\s+(?:in|of|on)\b[\w\s]{0,9}?)?\s*(?=[?.,]|$)",
    re.IGNORECASE,
)
"""What places a count at the inspection itself, and narrows it down by nothing."""


def asks_for_total(question: str) -> bool:
    """Whether a count is asked for with nothing to narrow it down: all children in care there are."""
    question = _AT_THE_INSPECTION.sub(" ", re.sub(r"\s*\([^)]*\)\W*$", "", question))
    noun = counted_noun(question)
    groups = " ".join(m.group(0) for g in GROUPS.values() if (m := g.search(question)))
    if not _COUNTS_PEOPLE.search(question) or any(GROUPS[g].search(question) for g in _SMALL):
        return False
    known = noun | _OF_TOTALS | {stem(word) for word in words_of(groups)} | {stem("how")}
    return bool(noun) and all(stem(word) in known for word in words_of(question))


def gives_total(question: str, sentence: str) -> bool:
    """Whether a sentence counts all of what a question names, and no part of it: ``347 children
    are being looked after``, not ``16 looked after children had no plan``."""
    return total_in(question, sentence) is not None


def total_in(question: str, sentence: str) -> int | None:
    """The total that a sentence gives of what a question names; None where it gives none. What a
    follow-up takes over in brackets is no part of the question."""
    question = re.sub(r"\s*\([^)]*\)\W*$", "", question)
    noun = counted_noun(question)
    asked = [group for group in GROUPS.values() if group.search(question)]
    known = noun | _OF_TOTALS | {stem(word) for word in words_of(question)}
    for figure in _PLAIN_NUMBER.finditer(sentence):
        tail = _TAIL_ENDS.split(sentence[figure.end() :], maxsplit=1)[0]
        words = {stem(word) for word in words_of(tail)}
        cared = _CARED_FOR.search(sentence[: figure.start()])
        met = [group for group in asked if group.search(tail) or (cared and group is _IN_CARE)]
        covers = (noun - _BEING_CARED_FOR if cared else noun) <= words and len(met) == len(asked)
        if covers and words <= known:
            return int(figure.group(0).replace(",", ""))
    counted = _NUMBER_OF.search(sentence)
    if counted and noun <= {stem(w) for w in words_of(counted["what"])}:
        if all(group.search(counted["what"]) for group in asked):
            return int(counted["number"].replace(",", ""))
    return None


def counts_it(question: str, sentence: str, context: str) -> float:
    """How plainly a sentence counts what a question wants counted, 0 to 1: the noun stands by a
    figure, and the groups of people that the question names are the sentence's, too."""
    noun = counted_noun(question)
    if not noun:
        return 0.0
    asked = [group for group in GROUPS.values() if group.search(question)]
    met = [group for group in asked if group.search(f"{sentence} {context}")]
    share = len(met) / len(asked) if asked else 1.0
    return by_count(noun, sentence) * share


def by_count(noun: set[str], text: str) -> float:
    """As :func:`by_figure`, for figures that count."""
    return by_figure(noun, text, _COUNT)


def by_figure(noun: set[str], text: str, figures: re.Pattern[str] = _FIGURE) -> float:
    """Share of the noun that stands by a figure: after it, or, for a little less, around it."""
    best = 0.0
    for match in figures.finditer(text):
        if re.fullmatch(r"(?:19|20)\d\d", match.group().strip()):
            continue
        after = {stem(w) for w in words_of(text[match.end() : match.end() + _REACH])[:7]}
        around = after | {
            stem(w) for w in words_of(text[max(0, match.start() - _REACH) : match.start()])[-7:]
        }
        best = max(best, len(noun & after) / len(noun), 0.8 * len(noun & around) / len(noun))
    return best
