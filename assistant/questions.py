"""What a question asks: the sort of answer wanted, the words it turns on, what it fixes."""

from __future__ import annotations

import re
from collections.abc import Collection

from assistant.models import Intent, Question, Scope
from assistant.scope import Authorities
from assistant.words import STOP_WORDS, key_terms
from index.facts.front import MONTHS

_COUNT = re.compile(
    r"\b(?:how many|how much|^(?:the )?nos?\.? of|what (?:number|percentage|proportion|share|fraction|rate|size)|"
    r"(?:percentage|proportion|number|share|total|size|average) of|what'?s the (?:number|percentage|proportion|average|total|rate)|"
    r"how (?:old|long|far (?:away|from|off)|often|big|large|high|low|quickly|fast)|per ?cent|what age|total\b.*\?|on average)|"
    r"^(?!why\b|how come\b|what (?:caused|led|is behind|explains)\b|who\b|when\b)[^?]*[^\W\d_-]+ rates?\s*(?:\?|$|(?:for|in|at|of|among|amongst|by|back|per)\b)",
    re.I,
)
_TIMED = re.compile(
    r"\b(?:deadline|by when|how soon|how quickly (?:did|must|should|do|does|has|have)|how long (?:were|was|did|do|does|has|have)\b.{0,30}\b(?:given|have|got)|"
    r"time ?(?:scale|frame|limit)|when (?:must|should|did .{2,40} have to)|how many months)\b",
    re.I,
)
_DATE = re.compile(
    r"(?:^|[,;:\u2013-]\s*|\b(?:and|but|so|in|ok|date|month|exactly) )when\b(?= (?:exactly |else )?(?:(?:is|are|was|were|did|will|has|have|had|must|should|can)\b|(?:do|does)\b.*\b(?:start|begin|stop|end|open|launch|expire|due)\w*))|"
    r"\b(?:what (?:date|dates|month|year|day)|which (?:month|year|days?|dates?)|since when|how soon|by when|"
    r"(?<!whatever the )deadline\b|over what dates|publication date|date of|how quickly (?:did|must|should)|what'?s the (?:date|deadline))",
    re.I,
)
_PERSON = re.compile(
    r"^(?:and |so |but )?who(?:'s)?\b|[,:;] who\b|\b(?:whose|which (?:hmi|inspector)|(?:lead|reporting) inspector|"
    r"name of the|in charge of)\b",
    re.I,
)
_GRADE = re.compile(
    r"\b(?:grade[ds]?|ratings?|rated|(?:how|what) (?:do|does|did|would) [^?]{2,60}? rate\b|judge?ments?|judged?|verdict|mark\b|overall (?:effectiveness|outcome|result|score)|"
    r"overall\?|end(?:ed)? up with|c[ao]me out (?:on|overall)|with what result|what was the result|scored?|outcome of|come out (?:as|at)|come out\?|came out(?! in (?!\d))|"
    r"good or|outstanding or|how did .{2,50} (?:do|fare|get on|come out overall)|how had .{2,50} (?:done|fared|got on|come out)|(?<!as a )\bresult\?|what (?:had|has|was|were) (?![^?]{0,40}\b(?:reasons?|causes?|explanations?|support|help|advice|feedback|training|money|funding|time|evidence)\b)[^?]{2,50} (?:been )?given for\b|how (?:do|does) .{2,50} (?:fare|get on)|\bawarded\b|in the (?:\w+ )?table (?:for|on|against)|did they put for|classed|marked|ofsted(?:'s)? (?:think|say about|view)|"
    r"what did .{2,70} get\b|\btable\b.{0,30}\b(?:say|give|show)|(?:say|give|show)\w*\b.{0,30}\btable\b|(?:outstanding|good|adequate|inadequate)\?|requires improvement\b)",
    re.I,
)
_WHATEVER = re.compile(
    r"\b(?:whatever|regardless of|no matter) (?:the |what )?(?:deadline|time ?scale)s?\b", re.I
)
_ACTIONS = re.compile(
    r"\b(?:recommend(?:ations?|ed)?|areas? for improvement|needs? to (?:improve|do|be improved|put right|work on|sort out|fix|address|tackle)|"
    r"need(?:s|ed)? to (?:improve|happen|change)|(?:have|has|had) (?:still )?to (?:improve|get better)|have to (?:do|improve|put right|fix|change|sort|work on|address|tackle)|had to (?:do|improve|put right|fix|work on|address)|"
    r"must (?:\w+ ){0,3}(?:do|improve)|put right|improvement points|points? (?:for|to) improve\w*|due within|"
    r"(?:month|week)s? list\b|improvements?\b.{0,20}\b(?:asked|needed|required|called|wanted)|"
    r"ha(?:s|ve) .{2,30} (?:still )?(?:got )?to (?:improve|do)|told to|asked to|required to|has to be done|(?<!taken )(?<!taking )(?<!take )(?<!took )actions?\b(?!.{0,40}\b(?:tak(?:en|ing)|did .{1,30} take)\b)|to[- ](?:do|improve) list|needs? (?:fixing|sorting|mending)|"
    r"should .{2,30} (?:do|improve)|priorit(?:y|ies) for|needs? doing|things? to (?:fix|improve|put right)|"
    r"improvement (?:list|plan asks)|(?:tell|tells|told|ask|asks|asked|leave|left) .{0,30}(?:to|with anything to) (?:fix|improve|put right|sort out|do better|work on|address|tackle|change)|"
    r"to give better)",
    re.I,
)
_LET_DOWN = re.compile(
    r"^(?P<lead>(?:and |so |but )?what)(?:['\u2019]s)? (?:(?:is|was|has been|has|have|had) )?(?:let|lets|letting|held|holds|holding) "
    r"(?P<whom>[^?]{2,60}?) (?:down|back)\b",
    re.I,
)
"""Asks for what was found wanting, which reports list as what needs to improve."""
_SAYS_ABOUT = re.compile(
    r"\bwhat (?:do|does|did) (?:the |its |their )?(?:\w+ )?(?:report|text|inspectors?|ofsted|it|they)(?: actually| exactly)? "
    r"(?:say|tell us|find|note|state|write|think|make)(?: about| on| of)\b",
    re.I,
)
"""Asks for what is said, whatever it is: only the subject after it counts."""
_WHY = re.compile(
    r"\b(?:why\b|what (?:caused|led to|is behind|was behind|explains)|reasons?\b|how come|what made)",
    re.I,
)
_YES_NO = re.compile(
    r"^(?:and |but |so |ok,? |well,? )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|might|may|"
    r"isn't|aren't|wasn't|don't|doesn't|didn't|hasn't|haven't|am)\b",
    re.I,
)
_LEAD_IN = re.compile(
    r"^(?:and |but |so )?(?:if|once|when|while|whilst|where|although|given|since|after|before|for|in|at|as|with|by|"
    r"during|under|on|i|we|my|our)\b[^?,]{3,140},\s+(?=(?:is|are|was|were|do|does|did|has|have|had|can|could|will|any)\b)",
    re.I,
)
"""What may stand before a yes-or-no question: a clause or two words that set the scene."""
_ELLIPTIC = re.compile(
    r"^(?:any(?:one|body|thing)?\b(?! (?:idea|chance|figures?|numbers?|data|details?|examples?|news|word|info|reasons?))|"
    r"still\b|so\b(?! (?:what|how|why|who|which|when|where|much|many|far)\b)|(?:fewer|more|less) \w+|no\b (?!idea)|"
    r"(?:they|it|kids|children|staff|most \w+|the \w+)(?:'re| are| is| was| were| get| have| has| can| do)\b)",
    re.I,
)
"""Yes-or-no questions without their verb in front: ``Any exclusions?``, ``So they are safe?``"""
_VERB = r"(?:am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must)"
_VERB_BEHIND = re.compile(
    rf"^(?:if|once|as|when(?!\s+{_VERB}\b))\b[^?,]{{4,90}}?\s{_VERB} (?:i|we|they|it|you|he|she|the|my|help|\w+s)\b|"
    rf"(?:,|\s[\u2013-])\s+{_VERB}\s(?:[\w'\u2019-]+\s?){{1,9}}\?$|,\s*(?:right|true|correct|yes|no)\s?\?$",
    re.I,
)
"""The verb behind a clause or a topic: ``If I foster, am I …``, ``B&Bs, does that happen?``"""
_OTHER_SORT = re.compile(
    r"(?:^|[,;:]\s*|\s[\u2013-]\s*|\band )(?:what|how|why|who|whose|which|when|where)\b(?!,)", re.I
)
_TOPIC_FIRST = re.compile(r"^[^?:]{3,60}?(?: [-\u2013] |: )", re.I)
"""A topic in front of the question proper: ``Homeless teenagers - has help got better?``"""
_SENTENCES = re.compile(r"(?<=[.?!])\s+(?=\S)")
_ALSO_WHAT = re.compile(
    r"\bif so\b|\banything to (?:improve|fix|do)\b|\bimprove anything\b|"
    r"\bany (?:improvement points?|points? (?:for|to) improve\w*|areas? for improvement|recommendations?)\b(?!.{0,80}\b(?:from|acted on|implemented|met|last|previous|earlier)\b)",
    re.I,
)
_OF_THE_LIST = re.compile(
    r"^(?:and |so |but )?(?:which|what) (?:of )?(?:all )?(?:the |its |their )?(?:\w+ on the )?(?:to[- ](?:improve|do) list|"
    r"improvement points?|points? (?:for|to) improve\w*|areas? for improvement|recommendations?|actions?|priorities)\b(?!.{0,80}\b(?:from|acted on|implemented|met|last|previous|earlier)\b)",
    re.I,
)
"""Asks for one or some of what the report asks for, whatever it is about."""
_VAGUE_NUMBER = re.compile(
    r"\b(?:a|the) (?:small|large|significant|growing|limited|high|low) (?:number|proportion)\b",
    re.I,
)
_OPEN = re.compile(r"^(?:can|could|would|will) you\b(?!.*\b(?:whether|if)\b)", re.I)
_OPINION = re.compile(
    r"^(?:and |so |but )?should\b|"
    r"\b(?:do you (?:think|reckon|believe|agree)|in your (?:opinion|view)|your (?:opinion|view|advice)|"
    r"(?<!what )should (?:i|we|the (?:council|government|minister|leader|director)|people|parents|residents|voters|councillors|\w+(?:'s)? (?:director|leader|boss|chief))\b|"
    r"should \w+ (?:resign|be sacked|be fired|lose|quit|step down|hire|spend|sack|appoint|copy|adopt|merge|close|pay)|"
    r"is it (?:right|fair|wrong|acceptable|ok|safe for me)|would you|what would you|"
    r"(?:best|good|better) (?:place|area|council|borough) to (?:live|move|work|adopt|foster)|"
    r"advise me|what do you make|who is to blame|who'?s to blame|deserve|"
    r"(?:write|draft|compose|prepare|send|email|phone|call) (?:me )?(?:a|an|the|them|him|her|my)\b|"
    r"predict|will .{3,60} (?:next (?:year|time|inspection)|in future|get (?:better|worse))|^will .{3,90}\binspection\b(?! report)|"
    r"^(?:is|are) .{3,120}\bnext (?:time|inspection)\b|"
    r"^(?:is|are) .{2,80}(?<!more)(?<!less) (?:un)?likely to (?:hold|keep|lose|get|improve|pass|fail|be (?:re-?)?(?:judged|graded|rated|inspected))\b|would it (?:be|have been) (?:better|best|wise|right|fair|worth))",
    re.I,
)
_CAPITALISED = re.compile(
    r"(?<![.?!]\s)(?<!^)\b([A-Z][\w\u2019'-]+(?:\s+(?:of|and|the|for|[A-Z][\w\u2019'-]+))*\s+[A-Z][\w\u2019'-]+|[A-Z]{2,}s?|[A-Z][a-z]{3,})\b"
)
_COMMON_NAMES = frozenset(
    [
        "ofsted",
        "lac",
        "lscb",
        "send",
        "nhs",
        "hmi",
        *MONTHS,
        "english",
        "england",
        "british",
        "uk",
        "i",
        "ok",
        "gcse",
        "gcses",
        "covid",
        "pandemic",
        "council",
        "children",
        "childrens",
        "borough",
        "county",
        "city",
        "report",
        "neet",
        "camhs",
        "mash",
        "pep",
        "peps",
        "iro",
        "iros",
        "dcs",
        "lado",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "christmas",
        "easter",
    ]
)


_LONGEST_ABBREVIATION = 6
"""Shorter capitals are abbreviations, which a report may well spell out."""
_GRADED = re.compile(
    r"\b(?:grade[ds]?|rating|rated?|judge?ments?|judged|(?:grade |findings )?table|scored?)\b", re.I
)


def speaks_of_grades(text: str) -> bool:
    """Whether a yes-or-no question is about grades given, not about practice."""
    return bool(_GRADED.search(text))


def asks_for_deadline(text: str) -> bool:
    """Whether the question asks by when something must be done."""
    return bool(_TIMED.search(text))


_OTHERS = re.compile(
    r"\b(?:other|neighbouring|partner) (?:\w+ ){0,2}(?:boroughs?|councils?|authorit\w+|areas)\b",
    re.I,
)
_HOW_GOOD = re.compile(
    r"\b(?:how (?:well|good|effective|successful|strong|poor|bad|are|is)|perform\w*|doing|grade[ds]?|rated|judged|best|worst|"
    r"results?)\b",
    re.I,
)


def judges_others(text: str) -> bool:
    """Whether a question asks how well other councils do, of which a report judges none."""
    return bool(_OTHERS.search(text) and _HOW_GOOD.search(text))


def asks_how_good(text: str) -> bool:
    """Whether a question asks for a judgement of somebody."""
    return bool(_HOW_GOOD.search(text))


def is_opinion(text: str) -> bool:
    """Whether the question asks for an opinion, advice or an act, which reports cannot give."""
    return bool(_OPINION.search(text))


def understand(text: str, scope: Scope, authorities: Authorities) -> Question:
    """Read a question: its intent, key terms, and the years and names it fixes."""
    text = _as_improvement(text, authorities)
    bare = _without_scope_words(text, scope, authorities)
    asked = _SAYS_ABOUT.sub("what about", text)
    report_years = {year for report in scope.reports for year in report.years}
    fixed_years = tuple(year for year in scope.years if year not in report_years)
    return Question(
        text=text,
        bare=bare,
        plain=ask_of_one(asked, scope, authorities),
        intent=_intent(re.sub(r"\s*\([^)]*\)\s*$", "", text)),
        terms=key_terms(_SAYS_ABOUT.sub("what about", bare)),
        fixed_years=fixed_years,
        fixed_names=_names(bare),
    )


def _as_improvement(text: str, authorities: Authorities) -> str:
    """What let a council down, asked as what it needs to improve; other questions as they are."""
    match = _LET_DOWN.match(text)
    if match is None:
        return text
    whom = re.sub(r"\s+in (?:19|20)\d\d$", "", match.group("whom").strip())
    named = authorities.find(whom)
    place = any(whom[:start].strip().lower() in ("", "the") and not whom[end:].strip(" '\u2019s")
                for start, end, _ in named)  # fmt: skip
    if not place and not _THE_COUNCIL.fullmatch(whom):
        return text
    of = f" in {match.group('whom')}" if named else ""
    return f"{match.group('lead')} needs to improve{of}{text[match.end() :]}"


_THE_COUNCIL = re.compile(
    r"it|the (?:council|(?:local )?authority|place|borough|county|city)", re.IGNORECASE
)


def _intent(text: str) -> Intent:
    stripped = _WHATEVER.sub("", _VAGUE_NUMBER.sub("some", text.strip()))
    if _ACTIONS.search(stripped) and _ALSO_WHAT.search(stripped):
        return Intent.ACTIONS
    if _OF_THE_LIST.match(stripped) and _ACTIONS.search(stripped):
        return Intent.ACTIONS
    if is_yes_no(stripped):
        return Intent.YES_NO
    opening = re.sub(
        r"^(?:and|so|but|roughly|about|compare|what is|what was|give me)\b\s*(?:the\b)?\s*",
        "",
        stripped,
        flags=re.I,
    )
    if _COUNT.match(stripped) or _COUNT.match(opening):
        return Intent.DATE if _TIMED.search(stripped) else Intent.COUNT
    if _WHY.search(stripped):
        return Intent.WHY
    if _TIMED.search(stripped) and not _ACTIONS.match(stripped):
        return Intent.DATE
    if _GRADE.search(stripped) and not re.match(r"^(?:how many|when|who)\b", stripped, re.I):
        return Intent.GRADE
    if _DATE.search(stripped):
        return Intent.DATE
    if _COUNT.search(stripped) and not _HOW_IS.match(stripped):
        return Intent.COUNT
    if _PERSON.search(stripped):
        return Intent.PERSON
    if _ACTIONS.search(stripped):
        return Intent.ACTIONS
    return Intent.NARRATIVE


def is_yes_no(text: str) -> bool:
    """Whether a question wants yes or no: by the verb in front, or without one (``Any …?``)."""
    last = _SENTENCES.split(text.strip())[-1]
    proper = _LEAD_IN.sub("", _TOPIC_FIRST.sub("", last))
    if _YES_NO.match(proper):
        return not _OPEN.match(proper)
    if _OTHER_SORT.search(proper) and not _VERB_BEHIND.match(last):
        return False
    return bool(_ELLIPTIC.match(proper) or _VERB_BEHIND.search(last))


_IN_REPORT = re.compile(
    r",?\s*\b(?:in|from|by|according to)\s+(?:(?:the|council(?:[\u2019']s)?)\s+)*(?:ofsted\s+)?(?:inspection\s+)?report\b(?!\s+on\b)",
    re.I,
)


_LEFT_OVER = re.compile(r"(?:\s+(?:in|of|at|by|on|during|the)\b)+(?=\s*[?.,]*\s*$)", re.I)
"""What stood before the names and years taken off the end of a question."""


_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|spring|summer|autumn|winter|early|late|mid)"
)
_REPORT = r"(?:inspections?|visits?|reports?|findings|ilacs|sif)"
_THE_REPORT = re.compile(
    rf"(?:[,;(]\s*|\s[-\u2013]\s*|\b)(?:in|from|at|by|per|as (?:of|at)|going by|according to|based on|asking about|"
    rf"i['\u2019]m after|this is about|during)\s+(?:the )?(?:time of\s+)?(?:the |its |their |that )?"
    rf"(?:{_REPORT} (?:on|of|from|for|in) )?(?:the )?(?:inspectors? in )?(?:{_MONTH}[ -]+)*(?P<year>(?:19|20)\d\d)(?!\d|\s*[-/\u2013]\s*\d|\s+to\s+(?:19|20)\d\d)(?: (?P<what>{_REPORT})\b(?! of\b))?\)?",
    re.I,
)
_REPORT_BEHIND = re.compile(
    rf"(?:(?:^|(?<=[?.!,;(]))\s*|\s?[(]\s*)(?:the )?(?:{_MONTH}[ -]+)*(?P<year>(?:19|20)\d\d) (?P<what>{_REPORT})\)?\s*[.?]?\s*$|"
    rf",?\s*\b(?:in|from|per|by) (?:the |its |their )?report published in (?P<published>(?:19|20)\d\d)",
    re.I,
)
_INSPECTORS_IN = re.compile(r"\binspectors? in\b", re.I)


def without_report(text: str, years: Collection[int]) -> str:
    """A question without words that only say which report is meant (``in the report on the
    December 2018 visit``), where they name a year of that report."""

    def only_names(match: re.Match[str]) -> str:
        found = match.groupdict()
        year = found.get("year") or found.get("published")
        plain = match.group(0)
        dated = re.search(rf"\b{_MONTH}\b", plain, re.I) and not (
            found.get("what") or _INSPECTORS_IN.search(plain) or re.search(rf"\b{_REPORT}\b", plain)
        )
        return " " if year and int(year) in years and not dated else plain

    return _THE_REPORT.sub(only_names, _REPORT_BEHIND.sub(only_names, text))


def _without_scope_words(text: str, scope: Scope, authorities: Authorities) -> str:
    bare = text
    for start, end, _ in reversed(authorities.find(text)):
        bare = f"{bare[:start]} {bare[end:]}"
    own_years = {year for report in scope.reports for year in report.years}
    bare = without_report(bare, own_years)
    bare = re.sub(
        r"\b((?:19|20)\d\d)\b",
        lambda m: " " if int(m.group(1)) in own_years else m.group(1),
        bare,
    )
    bare = _IN_REPORT.sub(" ", re.sub(r"\s+", " ", bare))
    if bare != text:
        bare = _LEFT_OVER.sub("", bare)
    return re.sub(r"\s+", " ", bare).strip(" ,")


_HOW_IS = re.compile(r"^(?:and |so |but )?how (?:is|are|was|were|has|have|did|does|do)\b", re.I)
"""Asks how something is done, whatever number it speaks of."""
_DATED = r"(?<!between )(?<!from )(?<!and )(?<!to )(?:\b(?:in|of|for|by|during|as of|as at) )?"
"""What may stand before a year that only says which report is meant."""


_AREA_BEFORE = re.compile(r"\b(?:outside|across|around|within|near|beyond) $", re.IGNORECASE)
"""What stands before the name of a council where the place is meant."""


def ask_of_one(text: str, scope: Scope, authorities: Authorities) -> str:
    """A question as one would put it who has only this report before him: ``How many hubs had
    Wigan opened in 2019?`` asks how many the council had opened."""
    if len(scope.reports) != 1:
        return _without_scope_words(text, scope, authorities) or text
    plain = text
    for start, end, name in reversed(authorities.find(text)):
        if not set(authorities.names[name]) & set(scope.reports):
            continue
        owns = "\u2019s" if plain[start:end].endswith(("'s", "\u2019s")) else ""
        before = re.sub(r"\bthe\s+$", "", plain[:start], flags=re.IGNORECASE)
        what = "area" if _AREA_BEFORE.search(before) else "council"
        plain = f"{before}the {what}{owns}{plain[end:]}"
    plain = plain.replace("the area area", "the area")
    own_years = {year for report in scope.reports for year in report.years}
    plain = without_report(plain, own_years)
    for year in own_years:
        plain = re.sub(rf"{_DATED}(?<![-/\u2013])\b{year}\b(?![-/\u2013]\d)", " ", plain)
    plain = re.sub(
        r"\b(?:the )?the council (?:(?:city|county|borough|district|metropolitan) )*council\b",
        "the council", plain, flags=re.I,
    )  # fmt: skip
    plain = _IN_REPORT.sub(" ", re.sub(r"\s+", " ", plain))
    plain = re.sub(r"\s+", " ", re.sub(r"\s+(?=[?.,;:])", "", plain)).strip(" ,;:-")
    return plain or text


def _names(text: str) -> tuple[str, ...]:
    """Capitalised names inside the question, apart from those every question may hold."""
    found = []
    for match in _CAPITALISED.finditer(text):
        name = match.group(1)
        words = [w.lower().strip("'\u2019") for w in re.findall(r"[\w\u2019'-]+", name)]
        abbreviation = name.rstrip("s").isupper() and len(name) <= _LONGEST_ABBREVIATION
        if any(w not in _COMMON_NAMES and w not in STOP_WORDS for w in words) and not abbreviation:
            found.append(name)
    return tuple(dict.fromkeys(found))


_ANOTHER = re.compile(
    r"(?<=\w\w\w)(?:[,;?]\s*(?:and |but |or )?|\s[-\u2013]\s(?:and )?|\s(?:and|but|&)\s)"
    r"(?:what(?:'?s)?|who(?:'?s)?|whose|which|how|why|when|where|(?:has|have|had|did|does|do|is|are|was|were) (?:it|they|this|that|there|any))\b",
    re.I,
)


_DONE_ABOUT = re.compile(
    r"\w[.,;:?\u2013-]?\s[\u2013-]?\s?(?:and |so |but )?\bwhat(?:'s| is| are| was| were| has| have)\b.{0,30}\b(?:do|doing|done)\b.{0,20}\babout (?:it|this|that|them)\b",
    re.I,
)
"""Speaks of what is wrong, and asks what is being done."""


def asks_several(text: str) -> bool:
    """Whether a question has more than one part: what is wrong, and what is being done. One for
    two numbers is not meant: a number is wanted of it throughout."""
    asked = re.sub(r"\s*\([^)]*\)\W*$", "", text).replace("\u2019", "'")
    if len(re.findall(r"\bhow (?:many|much)\b", asked, re.I)) > 1:
        return False
    if _DONE_ABOUT.search(asked):
        return True
    first = re.search(
        r"\b(?:what|who|whose|which|how|why|when|where|has|have|had|did|does|do|is|are|was|were|tell)\b",
        asked,
        re.I,
    )
    return first is not None and _ANOTHER.search(asked, first.end()) is not None
