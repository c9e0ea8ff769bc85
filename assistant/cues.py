"""What a yes-or-no question and a sentence hold that bears on yes and no: named cues.

The same code makes them for training (``eval.train_polarity``) and for answering.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _cues(patterns: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in patterns.items()}


ASKED = _cues(
    {
        "most": r"\b(?:most(?:ly)?|majority|many|bulk|usually|generally|typical\w*|mainly|largely)\b",
        "few": r"\b(?:few|fewer|less|rare\w*|seldom|hardly|low|small)\b",
        "any": r"\b(?:any\w*|ever|some\w*|a few|sometimes|occasional\w*|now and then)\b",
        "still": r"\b(?:still|yet|now|already|anymore|any more|these days)\b",
        "up": r"\b(?:more|up|risen|rise|rising|rose|grow\w*|grew|increas\w*|higher|climb\w*|above|over|better|improv\w*|longer|expand\w*)\b",
        "down": r"\b(?:down|fall\w*|fell|drop\w*|lower|declin\w*|reduc\w*|below|under|worse\w*|slip\w*|cut|shrink\w*|shorter|dwindl\w*|lost|losing)\b",
        "bad": r"\b(?:wait\w*|queue\w*|hang\w* around|left|stuck|swamp\w*|overload\w*|overwhelm\w*|struggl\w*|delay\w*|drift\w*|late|slow\w*|gaps?|lack\w*|short\w*|miss\w*|poor\w*|weak\w*|patchy|hit and miss|muddl\w*|confus\w*|in the dark|unsafe|harm\w*|risk\w*|problem\w*|worr\w*|concern\w*|trouble|fail\w*|ignor\w*|forg\w*|overlook\w*|backlog\w*|turnover|churn|barrier\w*|complain\w*|against|refus\w*|turned away|dry up|cut off|stop\w*|end\w*|barred|guess\w*|heav\w*|too (?:many|much|long|few|little|late|slow)|shy away|fall\w* through|let down|unhappy|isolated|lonely|inconsisten\w*|variab\w*|unreliab\w*|unfair|rush\w*|disrupt\w*|break\w* down|quit\w*|leav\w* in droves|instab\w*|chang\w* (?:often|frequently|constantly|hands)|bounced|passed around|far from|miles (?:from|away)|homeless\w*|b&bs?|without)\b",
        "not": r"\b(?:not|no|never|none|without|un\w{4,}|in(?:adequate|consistent|sufficient)\w*)\b|n['’]t\b",
        "all": r"\b(?:all|every\w*|always|each|fully|everyone|across the board|routinely|reliably|consistently)\b",
    }
)
"""Cues of questions."""

SAID = _cues(
    {
        "not": r"\b(?:not|no|none|never|neither|nor|without|cannot|unable|nobody|nothing|fails?|failed|lack\w*|absen\w*|yet to|too early|remains? to)\b|n['’]t\b",
        "few": r"\b(?:few|small (?:number|minority|proportion)|minority|some|occasional\w*|sometimes|rare\w*|a handful|isolated|one or two|not all|not always|not every|several)\b",
        "hardly": r"\b(?:very few|rare\w*|seldom|hardly|only (?:one|two|three|a few)|few)\b",
        "most": r"\b(?:most|majority|vast|nearly all|almost all|many|generally|usually|large number|too many|high proportion)\b",
        "all": r"\b(?:all|every|always|each|routinely|consistently|fully|universal\w*)\b",
        "bad": r"\b(?:poor\w*|weak\w*|inadequate\w*|inconsisten\w*|variable|delay\w*|drift|limited|ineffective|incomplete|insufficient\w*|wors\w*|declin\w*|deteriorat\w*|too (?:many|long|slow|late|often|high|low|few)|underdevelop\w*|unsuitable|shortfall\w*|shortage\w*|gaps?|struggl\w*|slow\w*|hamper\w*|missed|backlog\w*|high (?:turnover|caseloads?|number of)|unaware|not aware|concern\w*|harm|wait\w*|barrier|difficult\w*|instability|turnover|vacanc\w*|excessive|heavy|unmanageable|overdue|late|lapse\w*|longer than|below)\b",
        "good": r"\b(?:good|strong\w*|effective\w*|timely|prompt\w*|quick\w*|swift\w*|robust|well|suitable|manageable|stable|stability|comprehensive|clear\w*|improv\w*|better|benefit\w*|thorough\w*|regular\w*|routinely|consistent\w*|high[- ]quality|appropriate\w*|success\w*|proud|confident\w*|praise\w*|rigorous|low|reduced|exempt\w*|free|support\w*|ensur\w*|always|available|accessible)\b",
        "up": r"\b(?:risen|rise|rising|rose|grow\w*|grew|increas\w*|higher|above|more|doubled|exceed\w*|expand\w*)\b",
        "down": r"\b(?:fall\w*|fell|drop\w*|lower|declin\w*|reduc\w*|below|decreas\w*|fewer|less|halved|cut)\b",
        "no longer": r"\b(?:no longer|ceased|stopped|ended|resolved|cleared|eliminated|until recently|previously|used to|has been addressed)\b",
        "planned": r"\b(?:plan(?:s|ned|ning)? to|intend\w*|will (?:be|have|open|start)|due to|not yet|yet to|too early|too recent\w*|in development|being developed|early stages|proposed|about to)\b",
        "but": r"\b(?:but|however|although|though|while|whilst|despite|except|other than|nevertheless)\b",
    }
)
"""Cues of sentences."""
