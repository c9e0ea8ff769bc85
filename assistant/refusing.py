"""When to decline: what the question fixes must be met by what was found.

Reads nothing but the question and the candidates; the wording of refusals is
:mod:`assistant.assistant`'s.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from assistant.models import Intent, Question
from assistant.questions import asks_several, without_report
from assistant.retrieval import Candidate
from assistant.slots import asks_for_total, gives_total
from assistant.words import (
    GROUPS,
    HAS_DATE,
    alternatives_in,
    coverage,
    stem,
    stems_of,
    synonyms_in,
    words_of,
)
from index.facts.front import MONTHS
from index.grades import PATTERN

_MIN_COSINE = 0.08
"""Cosine of the best sentence under which nothing nearby speaks of anything like it; what is
near but does not answer is for :mod:`assistant.gate`."""
_LOOKED_THROUGH = 6
_NEAR = 0.1
_NEARLY, _FAR_MORE = 0.9, 0.2
"""For counts: how near to the first sentence's score another must be, and how much more of the
question's terms it must speak of, to go before it."""
_FAR = 0.02
"""How near a sentence must be that speaks of all that the first does, but of people of all ages."""
_SHARE_ASKED = re.compile(r"\b(?:per ?cent(?:age)?|proportion|share|fraction)\b", re.I)
_SHARE = re.compile(
    r"\d\s*%|\bper ?cent\b|\b(?:half|(?:a|one|two|three|four)[- ](?:thirds?|quarters?|fifths?|tenths?))\b",
    re.I,
)
_MONEY_ASKED = re.compile(
    r"\bhow much (?:money\b|(?:do|does|did|is|was|were)\b.{0,60}\b(?:costs?|spend|spent|worth|paid|pay)\b)|"
    r"\bwhat (?:is|was|were|are|did|does)\b.{0,60}\b(?:budget|cost of|spend|spending|salary)\b",
    re.I,
)
_MONEY = re.compile(r"\u00a3|\b(?:million|billion)\b|\d\s*(?:m|bn|k)\b", re.I)
_RATE_ASKED = re.compile(
    r"\b(?:per ?centage|per ?cent|proportion|what (?:share|fraction)|(?:what|which) .{0,40}\brate)\b",
    re.I,
)
_RATE = re.compile(
    r"%|\bper ?cent|\brates?\b|\d\.\d|\b(?:half|halved|doubled|majority|minority|most|all|none|no|few|every|"
    r"(?:a|one|two|three|four)[- ](?:thirds?|quarters?|fifths?|tenths?))\b|\bone in \w|"
    r"\b(?:\d+|[a-z]+) (?:out )?of (?:every |the |these |those |its |their )?(?:\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)",
    re.I,
)
"""What a sentence holds that gives a share or a rate, in figures or in words."""
_ABOUT = 0.5
"""Share of the question's terms that a sentence must speak of for a loose word, or a sum of money,
to count."""
_FIGURE = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    r"sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|"
    r"thousands?|dozens?|half|quarters?|(?:a|one|two)[- ]thirds?|none|zero)\b",
    re.I,
)
_LOOSE_FIGURE = re.compile(
    r"\b(?:one|once|twice|single|doubled?|tripled?|halved?|all|every|most|not (?:\w+ )?any|"
    r"no(?! (?:costs?|longer|doubt|evidence|more|better|less|further|such|different)\b))\b",
    re.I,
)
_LENGTH = re.compile(
    r"\b(?:minutes?|hours?|days?|weeks?|fortnight|months?|terms?|years?|decades?|overnight|permanent(?:ly)?|indefinitely|"
    r"pages?|until)\b",
    re.I,
)
_HOW_LONG = re.compile(r"\bhow long\b", re.I)
_VALUES = {Intent.COUNT: (_FIGURE, _LOOSE_FIGURE), Intent.DATE: (HAS_DATE,)}


def lacks_evidence(
    question: Question,
    candidates: Sequence[Candidate],
    vocabulary: str,
    inspected: Collection[int] = (),
) -> str:
    """Why the candidates do not answer the question; empty if nothing speaks against it.

    ``inspected`` are the years of inspections before the report's: of them a sentence speaks
    that speaks of the last inspection.
    """
    if not candidates:
        return "no passage speaks of it"
    top = candidates[:5]
    if question.intent is Intent.GRADE and question.fixed_years:
        if not graded_then(question, candidates):
            return f"no grade of {question.fixed_years[0]} is given"
    for year in question.fixed_years:
        last = year in inspected and any(_LAST_TIME.search(c.block.text) for c in top)
        if not last and not any(_speaks_of_year(year, c.block.text) for c in top):
            return f"nothing is said of {year}"
    for name in question.fixed_names:
        if not _occurs(name, vocabulary):
            return f"\u2018{name}\u2019 is not mentioned"
    if max(c.plain for c in top) < _MIN_COSINE:
        return "no passage is close to it"
    if asks_several(question.text):
        return ""  # a value may be wanted of one part of it only
    if _MONEY_ASKED.search(question.bare) and first_with_value(question, candidates) is None:
        return "no sum of money is given for it"
    if question.intent is Intent.COUNT and first_with_value(question, candidates) is None:
        return "no number is given for it"
    if _RATE_ASKED.search(question.bare) and not any(
        _RATE.search(_AGES.sub(" ", c.told)) for c in top[:3]
    ):
        return "no share or rate is given for it"
    if question.intent is Intent.COUNT and asks_for_total(question.bare):
        if not any(gives_total(question.bare, c.passage.text) for c in candidates):
            return "no total is given"
    if question.intent is Intent.DATE and first_with_value(question, candidates) is None:
        return "no date is given for it"
    if _YEAR_BEFORE.search(question.bare) and not any(_COMPARED.search(c.told) for c in top[:2]):
        return "nothing is said of the year before"
    if _lacks_a_name(question, top):
        return "no name is given"
    return ""


_DATES = re.compile(
    r"\b(?:\d{1,2}\s+)?(?:January|February|March|April|May|June|July|August|September|October|"
    r"November|December)(?:\s+(?:19|20)\d\d)?\b|\b(?:19|20)\d\d(?:[-\u2013/]\d\d)?\b|"
    r"\b(?i:in|over|during|within) the (?:last|past|previous) [\w-]+ (?:months?|years?|weeks?|days?)\b"
)
"""Dates, and stretches of time up to the inspection."""


_AGES = re.compile(
    r"\b(?:over|under|past|beyond|until|aged?|age of|turn(?:ing|ed)?|reach(?:ing|ed)?|post)[- ](?:1\d|2[0-5])(?:\s?(?:-|\u2013|to|and|or)\s?(?:1\d|2[0-5]))?(?:s\b|(?=\W*(?:$|[,.;)]|"
    r"(?:who|whose|and|or|in|to|are|were|is|was|when|with|have|had|has|do|did|can|may|years?)\b)))|"
    r"\b(?:1\d|2[0-5])(?:\s?(?:-|\u2013|to|and|or)\s?(?:1\d|2[0-5]))?[- ]year[- ]olds?\b|"
    r"\byears? \d{1,2}(?: (?:to|and) \d{1,2})?\b",
    re.I,
)
_TIME_ASKED = re.compile(
    r"\bhow (?:long|many (?:[\w-]+ )?(?:years|months|weeks|days|hours))\b", re.I
)
_AGE_ASKED = re.compile(
    r"\bhow (?:old|young)\b|\b(?:what|which|whatever) ages?\b|\bage (?:range|limit|groups?|bands?)\b",
    re.I,
)


_YEAR_BEFORE = re.compile(
    r"\b(?:the |a )?(?:year|twelve months|12 months) (?:before|earlier|previously)\b|\b(?:the )?(?:previous|prior|preceding) year\b",
    re.I,
)
_COMPARED = re.compile(
    r"\b(?:previous(?:ly)?|prior|preceding|earlier|last year|year before|compared|up from|down from|against|from \d|"
    r"had been|used to)\b|\b(?:19|20)\d\d\b",
    re.I,
)
"""What tells a value of an earlier year."""


def _apart_from_dates(question: Question, candidate: Candidate) -> str:
    """The sentence, for a count without its dates and ages: neither is an answer to how many."""
    text = candidate.passage.text
    if question.intent is not Intent.COUNT:
        return text
    if not _TIME_ASKED.search(question.text):
        text = _DATES.sub(" ", text)
    return text if _AGE_ASKED.search(question.text) else _AGES.sub(" ", text)


_JUDGED = re.compile(r"\b(?:inspect(?:ed|ions?)|judged|judge?ments?|graded|rated)\b", re.I)


_LAST_TIME = re.compile(r"\b(?:last|previous|earlier|prior) (?:\w+ ){0,2}inspection\b", re.I)
_OF_WHAT = 90
"""Characters before a grade in which it is said of what it is."""
_OFTEN_PARAPHRASED = frozenset({"girls", "boys", "youngest", "oldest", "parents", "missing"})


def absent_group(question: Question, text: str) -> str:
    """A group of people the question is about that the report's ``text`` never names; empty
    if there is none. Groups that reports often call by other words are left alone."""
    for name, pattern in GROUPS.items():
        asked = name not in _OFTEN_PARAPHRASED and pattern.search(question.bare)
        if asked and not pattern.search(text):
            return name
    return ""


_GIVEN = re.compile(
    rf"(?:\b(?:judged|rated|graded|found|assessed|awarded|received|were|was|is|are|be|remain\w*|as)\W+(?:[\w\u2019-]+\W+){{0,6}}?(?:{PATTERN})|\brequire[sd]? improvement)\b(?=\s*(?:[.,;:)\u2019]|$|(?:at|in|for|overall|by|and|or|with|when|as|since|but|on|under|during|last|to be)\b))",
    re.I,
)
"""A grade given, not a good this or that."""


_SHORT_FOR = re.compile(r"\b[A-Z]{3,6}s?\b")
_EVERYWHERE = frozenset(
    [
        "LSCB",
        "HMI",
        "ILACS",
        "SIF",
        "NHS",
        "OFSTED",
        "GCSE",
        "DFE",
        "CEO",
        "PDF",
        "YOT",
        "YOS",
        "NOT",
    ]
)
"""Abbreviations that speak of the inspection itself, or that every report may take as known."""


def absent_abbreviation(question: Question, text: str) -> str:
    """An abbreviation in the question that the report's ``text`` neither holds nor has the words for;
    empty if there is none. Its words are those with its letters, one after the other
    (``return home interviews``), or what the field calls it otherwise."""
    for match in _SHORT_FOR.finditer(question.bare):
        short = match.group(0)
        letters = short.removesuffix("s")
        if letters in _EVERYWHERE or question.bare.isupper():
            continue
        if re.search(rf"\b{re.escape(letters)}", text, re.IGNORECASE):
            continue
        joined = r"[\w\u2019'-]*[\s,/-]+(?:(?:and|of|for|the|in|to|or|on) (?:\w+ )?)?"
        spelled = joined.join(re.escape(letter) for letter in letters.lower())
        if re.search(rf"\b{spelled}", text.lower()):
            continue
        known = alternatives_in(letters)
        if any(other <= stems_of(text) for one in known for other in one.instead):
            continue
        return short
    return ""


def words_of_grades(text: str) -> list[str]:
    """The words up to each grade given in a text: those that say of what it is."""
    return [text[max(0, m.start() - _OF_WHAT) : m.end()] for m in _GIVEN.finditer(text)]


def graded_then(question: Question, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of the candidates whose paragraph tells a grade given in the year asked about."""
    return [
        c
        for c in candidates
        if any(_tells_grade_of(year, c.block.text) for year in question.fixed_years)
    ]


def _tells_grade_of(year: int, text: str) -> bool:
    """Whether one sentence speaks of an inspection of that year, and it or the next gives a
    grade (``It was inspected in May 2010. It was found to be good.``)."""
    sentences = re.split(r"(?<=[.!?:])\s+", text)
    for position, sentence in enumerate(sentences):
        spoken_of = _speaks_of_year(year, sentence) and _JUDGED.search(sentence)
        if spoken_of and _GIVEN.search(" ".join(sentences[position : position + 3])):
            return True
    return False


_OFTEN = re.compile(r"\bhow (?:often|regularly|frequently)\b", re.I)
_FREQUENCY = re.compile(
    r"\b(?:hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|termly|annual(?:ly)?|yearly|every|each|once|"
    r"twice|regular\w*|frequent\w*|routine\w*|often|rarely|seldom)\b|\d",
    re.I,
)


_HOW_QUICKLY = re.compile(r"\bhow (?:quickly|soon|fast|promptly|swiftly)\b", re.I)
_PACE = re.compile(
    r"\b(?:(?:same|next) (?:working )?day|immediate(?:ly)?|prompt(?:ly)?|quickly|swift(?:ly)?|timely|"
    r"overnight|slow(?:ly)?|delays?|hours?|days?|weeks?|months?)\b",
    re.I,
)


def first_with_value(question: Question, candidates: Sequence[Candidate]) -> Candidate | None:
    """The first of the best sentences that holds the sort of value asked for.

    A "how many" needs a number, a "when" a date; a plain figure goes before words such as
    ``one`` or ``all``, which are seldom a count. None where none of the best holds one.
    """
    best = candidates[:_LOOKED_THROUGH]
    if question.intent is Intent.COUNT and asks_for_total(question.bare):
        totals = [
            c
            for c in candidates
            if gives_total(question.bare, c.passage.text) and not _of_another_month(question, c)
        ]
        if totals:
            return totals[0]
    for wanted in _values_wanted(question):
        for candidate in best:
            near = candidate.score >= _NEAR * best[0].score
            about = wanted not in (_LOOSE_FIGURE, _MONEY) or candidate.covered >= _ABOUT
            if not near or _tells_the_contrary(question, candidate):
                continue
            if question.intent is Intent.COUNT and _of_another_month(question, candidate):
                continue
            if about and wanted.search(_apart_from_dates(question, candidate)):
                return _of_the_same(question, candidate, best)
    if question.intent in _VALUES or _MONEY_ASKED.search(question.bare):
        return None
    return candidates[0] if candidates else None


_MONTH_OF = re.compile(rf"\b({'|'.join(MONTHS)})\s+(\d{{4}})\b", re.I)


def _of_another_month(question: Question, candidate: Candidate) -> bool:
    """Whether a count is asked of a month that is not the one a sentence tells it of; the months of
    the inspection itself are no such month (``in the June 2016 inspection``)."""
    text = without_report(question.text, candidate.report.years)
    asked = {(month.lower(), year) for month, year in _MONTH_OF.findall(text)}
    told = {(month.lower(), year) for month, year in _MONTH_OF.findall(candidate.passage.text)}
    return bool(asked and told) and not asked & told


_OUT_OF_WORK = re.compile(
    r"\bNEETs?\b|(?:\b(?:not|neither|no longer)|n['\u2019]t) (?:\w+ ){0,3}in (?:any )?(?:education|employment|training|work)\b",
    re.I,
)
_IN_WORK = re.compile(r"\bEETs?\b|\bin (?:education|employment|training|work)\b", re.I)


def _tells_the_contrary(question: Question, candidate: Candidate) -> bool:
    """Whether a sentence counts those in education, employment or training for a question about
    those who are not, or the other way about."""
    asks_out = bool(_OUT_OF_WORK.search(question.text))
    asks_in = bool(_IN_WORK.search(_OUT_OF_WORK.sub(" ", question.text)))
    if asks_out == asks_in:
        return False
    tells_out = bool(_OUT_OF_WORK.search(candidate.told))
    tells_in = bool(_IN_WORK.search(_OUT_OF_WORK.sub(" ", candidate.told)))
    return tells_in and not tells_out if asks_out else tells_out and not tells_in


_OF_AN_AGE = re.compile(
    r"\b(?:\d{1,2}|sixteen|seventeen|eighteen|nineteen)(?:\s?(?:-|\u2013|to|and)\s?(?:\d{1,2}|seventeen|eighteen|twenty-one))?"
    r"[- ]years?[- ]olds?\b|\baged? (?:under |over |between )?\d|\b(?:under|over)(?:-\d{1,2}s?| \d{1,2}s)\b|\b(?:under|over) the age of\b",
    re.I,
)


def _spoken_of(question: Question, candidate: Candidate) -> float:
    """Share of a question's terms that a sentence speaks of, with its heading and what it leans on."""
    asked = frozenset(stem(term) for term in question.terms)
    present = stems_of(f"{candidate.told} {candidate.passage.context}")
    return coverage(asked, alternatives_in(question.bare), present)


def _of_the_same(question: Question, first: Candidate, best: Sequence[Candidate]) -> Candidate:
    """For a count: a sentence nearly as good as the first that holds a figure, too, and speaks of
    far more of what the question names (how many there are of one group is no answer about
    another). For a percentage also one of people of all ages, where the first is of one age that
    nobody asked about."""
    if question.intent is not Intent.COUNT:
        return first
    share = _SHARE_ASKED.search(question.text) is not None
    if share and _OF_AN_AGE.search(first.told) and not _OF_AN_AGE.search(question.text):
        for candidate in best:
            apart = _OF_AN_AGE.search(candidate.told) or _tells_the_contrary(question, candidate)
            near = candidate.score >= _FAR * first.score
            same = _spoken_of(question, candidate) >= _spoken_of(question, first)
            if near and same and not apart and _SHARE.search(candidate.passage.text):
                return candidate
    value = _SHARE if share else _FIGURE
    for candidate in best:
        alike = candidate.score >= _NEARLY * first.score
        if not alike or _tells_the_contrary(question, candidate):
            continue
        if candidate.covered >= first.covered + _FAR_MORE:
            if value.search(_apart_from_dates(question, candidate)):
                return candidate
    return first


def _values_wanted(question: Question) -> Sequence[re.Pattern[str]]:
    """What a sentence must hold to answer, the plainest first."""
    if _MONEY_ASKED.search(question.bare):
        return (_MONEY,)
    if _OFTEN.search(question.text):
        return (_FREQUENCY,)
    if question.intent is Intent.COUNT and _HOW_QUICKLY.search(question.text):
        return (_FIGURE, _PACE)
    if question.intent is Intent.COUNT and _SHARE_ASKED.search(question.text):
        return (_SHARE, *_VALUES[Intent.COUNT])
    if question.intent is Intent.COUNT and _HOW_LONG.search(question.text):
        return (*_VALUES[Intent.COUNT], _LENGTH)
    return _VALUES.get(question.intent, ())


def _speaks_of_year(year: int, text: str) -> bool:
    """The year itself, or as the second of a pair such as 2014\u201315."""
    if str(year) in text:
        return True
    return bool(re.search(rf"{year - 1}\s*[-/\u2013]\s*{year % 100:02d}(?!\d)", text))


def _occurs(name: str, vocabulary: str) -> bool:
    """Whether a report speaks of a name: of a word of it, or of what the name stands for."""
    words = [w for w in words_of(name) if len(w) > 2]
    if not words or any(stem(word) in vocabulary for word in words):
        return True
    return any(
        all(f" {stem(word)} " in vocabulary for word in words_of(phrase))
        for phrase in synonyms_in(name)
    )


_ROLE = (
    r"(?:director|chief executive|chair(?:man|person|woman)?|leader|head|dcs|lead member|cabinet member|mayor|"
    r"commissioner|manager|councillor|portfolio holder)"
)
_WHO_IS = re.compile(
    rf"\bwho(?:'s| is| was| are| were) (?:the |\w+'s )?(?:current |new |then |present |interim )?(?:\w+ ){{0,3}}{_ROLE}\b|"
    rf"\bname of the (?:\w+ ){{0,3}}{_ROLE}\b|\b{_ROLE}(?: of [\w' ]{{3,40}})?'s name\b|"
    rf"\bwhat(?:'s| is| was) (?:the |\w+'s )(?:\w+ ){{0,3}}{_ROLE}(?: (?:of|for) [\w' ]{{3,40}})? called\b",
    re.I,
)
_WHO_CHAIRS = re.compile(
    r"\bwho (?:chairs|chaired|heads|headed|leads|led)\b(?!.{0,40}\binspection)|"
    r"\bwho(?:'s| is| was|se)?\b.{0,20}\b(?:in|takes|took) the chair\b|\bwho(?:'s| is| was) (?:now )?in charge of\b(?!.{0,40}\binspection)",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Cllr|Councillor|Sir|Dame|Lord|Lady|Professor)\.? [A-Z]|"
    r"\b(?:director|executive|chair|leader|member|mayor|commissioner)s?,? [A-Z][a-z]+ [A-Z][a-z]+"
)
_CHAIRED_BY = re.compile(
    r"\b(?:chaired|led|headed|run|overseen) (?:jointly )?by\b|\b(?:chairs|leads|heads)\b|"
    r"\bchair(?:ed)?\b.{0,40}\b(?:is|was) (?:the|an?)\b|\bwho (?:also )?chairs\b"
)


_NAME_OF_ONE = re.compile(
    r"\bwhat(?:'s| is| was| were)? (?:her|his|their|that \w+'s|this \w+'s) names?\b", re.I
)
_WHICH_COUNCIL = re.compile(
    r"^(?:and |so |but )?(?:which|what) (?:other |neighbouring |two |three )*(?:councils?|authorit(?:y|ies)|boroughs?)\b",
    re.I,
)
_WHICH_BODY = re.compile(
    r"^(?:and |so |but )?(?:which|what) (?!(?:is|are|was|were|has|have|had|did|does|do|can)\b)(?:(?!(?:is|are|was|were|has|have|had|did|does|do|can|could|should)\b)[\w\u2019'-]+ ){0,3}?"
    r"(?:organi[sz]ations?|compan(?:y|ies)|firms?|consultanc(?:y|ies)|charit(?:y|ies)|universit(?:y|ies)|colleges?|"
    r"schools?|providers?|hospitals?|clinics?|hotels?)\b(?! (?:years?|support|places?|attendance|courses?|staff|meetings?|records?|improvement|inspections?)\b)",
    re.I,
)
_ASKS_FOR_ONE = re.compile(
    r"\bcalled\W*$|^(?:and |so |but )?(?:which|what) (?!(?:is|are|was|were|has|have|had|did|does|do|can)\b)(?:(?!(?:is|are|was|were|has|have|had|did|does|do|can|could|should)\b)[\w\u2019'-]+ ){0,3}?"
    r"(?:agenc(?:y|ies)|forces?|consorti(?:um|a)|bod(?:y|ies)|trusts?|models?|programmes?|projects?|schemes?|tools?)\b",
    re.I,
)
_NAME = re.compile(
    r"\u2018[^\u2019]{3,60}\u2019|\([A-Z][\w&\u2019 -]+\)|\b[A-Z][\w\u2019&-]*(?: (?:[A-Z][\w\u2019&-]*|of|and|the|to|for|in))*"
)


def names_in(text: str, known: Collection[str], *, short: bool = True) -> list[str]:
    """Names in a sentence of which some word is not among those ``known``: capitalised, in quotes or
    in brackets; months, and a single capitalised word that opens the sentence, are none. Without
    ``short``, abbreviations and words in quotes are none either."""
    found = []
    for match in _NAME.finditer(text):
        words = re.findall(r"[\w\u2019'&-]+", match.group(0))
        quoted = match.group(0)[0] in "\u2018("
        if quoted and not short:
            continue
        capitals = [w for w in words if quoted or w[0].isupper()]
        if (
            match.start() == 0
            and not quoted
            and len(capitals) == 1
            and (len(words[0]) == 1 or not words[0].isupper())
        ):
            continue
        fresh = [
            w for w in capitals if w.lower() not in MONTHS and not set(words_of(w)) <= set(known)
        ]
        if any(short or not w.rstrip("s").isupper() for w in fresh):
            found.append(match.group(0))
    return found


def asks_for_a_name(question: Question) -> bool:
    """Whether a thing or a body is asked for by name, not a person."""
    text = question.text.replace("\u2019", "'")
    person = _WHO_IS.search(text) or _NAME_OF_ONE.search(text)
    one = _WHICH_COUNCIL.search(text) or _WHICH_BODY.search(text) or _ASKS_FOR_ONE.search(text)
    return bool(one) and not person


def names_told(question: Question, candidate: Candidate, *, short: bool = True) -> list[str]:
    """Names in a sentence that neither the question holds nor are its own council's."""
    known = {*words_of(question.text), *words_of(candidate.report.authority)}
    return names_in(candidate.told, known, short=short)


def _lacks_a_name(question: Question, candidates: Sequence[Candidate]) -> bool:
    """Whether somebody is asked for by name, or as the one who chairs or leads, and none of the
    sentences says who that is."""
    text = re.sub(r"\s*\([^)]*\)\W*$", "", question.text).replace("\u2019", "'")
    said = [candidate.passage.text for candidate in candidates]
    if _WHO_IS.search(text) and not _WHO_CHAIRS.search(text):
        return not any(_NAMED.search(sentence) for sentence in said)
    if _NAME_OF_ONE.search(text):
        return not any(_NAMED.search(sentence) for sentence in said)
    if _WHICH_COUNCIL.search(text):
        return not names_told(question, candidates[0], short=False)
    if _WHICH_BODY.search(text):
        return not names_told(question, candidates[0])
    if _WHO_CHAIRS.search(text):
        return not any(_CHAIRED_BY.search(s) or _NAMED.search(s) for s in said)
    return False
