"""English authorities with children's services, by the names people use.

Source: the Office for National Statistics' list of counties and unitary authorities in
England. Used only to say "no report on Leeds here" instead of answering about another.
"""

from __future__ import annotations

KNOWN_AUTHORITIES: tuple[str, ...] = tuple(
    name.strip()
    for name in """
    Barking and Dagenham; Barnet; Barnsley; Bath and North East Somerset; Bedford; Bexley;
    Birmingham; Blackburn with Darwen; Blackpool; Bolton; Bournemouth, Christchurch and Poole;
    Bracknell Forest; Bradford; Brent; Brighton and Hove; Bristol; Bromley; Buckinghamshire; Bury;
    Calderdale; Cambridgeshire; Camden; Central Bedfordshire; Cheshire East;
    Cheshire West and Chester; City of London; Cornwall; Coventry; Croydon; Cumberland; Darlington;
    Derby; Derbyshire; Devon; Doncaster; Dorset; Dudley; Durham; Ealing; East Riding of Yorkshire;
    East Sussex; Enfield; Essex; Gateshead; Gloucestershire; Greenwich; Hackney; Halton;
    Hammersmith and Fulham; Hampshire; Haringey; Harrow; Hartlepool; Havering; Herefordshire;
    Hertfordshire; Hillingdon; Hounslow; Hull; Isle of Wight; Islington; Kensington and Chelsea;
    Kent; Kingston upon Thames; Kirklees; Knowsley; Lambeth; Lancashire; Leeds; Leicester;
    Leicestershire; Lewisham; Lincolnshire; Liverpool; Luton; Manchester; Medway; Merton;
    Middlesbrough; Milton Keynes; Newcastle upon Tyne; Newham; Norfolk; North East Lincolnshire;
    North Lincolnshire; North Northamptonshire; North Somerset; North Tyneside; North Yorkshire;
    Northamptonshire; Northumberland; Nottingham; Nottinghamshire; Oldham; Oxfordshire;
    Peterborough; Plymouth; Portsmouth; Reading; Redbridge; Redcar and Cleveland;
    Richmond upon Thames; Rochdale; Rotherham; Rutland; Salford; Sandwell; Sefton; Sheffield;
    Shropshire; Slough; Solihull; Somerset; South Gloucestershire; South Tyneside; Southampton;
    Southend-on-Sea; Southwark; St Helens; Staffordshire; Stockport; Stockton-on-Tees;
    Stoke-on-Trent; Suffolk; Sunderland; Surrey; Sutton; Swindon; Tameside; Telford and Wrekin;
    Thurrock; Torbay; Tower Hamlets; Trafford; Wakefield; Walsall; Waltham Forest; Wandsworth;
    Warrington; Warwickshire; West Berkshire; West Northamptonshire; West Sussex; Westminster;
    Westmorland and Furness; Wigan; Wiltshire; Windsor and Maidenhead; Wirral; Wokingham;
    Wolverhampton; Worcestershire; York
    """.replace("\n", " ").split(";")
)

SHORT_NAMES: dict[str, str] = {
    "bcp": "bournemouth christchurch and poole", "b&nes": "bath and north east somerset",
    "banes": "bath and north east somerset", "beds": "bedfordshire", "berks": "berkshire",
    "brum": "birmingham", "bucks": "buckinghamshire", "cambs": "cambridgeshire",
    "derbys": "derbyshire", "glos": "gloucestershire", "hants": "hampshire",
    "herts": "hertfordshire", "hull": "kingston upon hull", "lancs": "lancashire",
    "leics": "leicestershire", "lincs": "lincolnshire", "northants": "northamptonshire",
    "notts": "nottinghamshire", "oxon": "oxfordshire", "salop": "shropshire",
    "staffs": "staffordshire", "warks": "warwickshire", "wilts": "wiltshire",
    "worcs": "worcestershire", "ne lincs": "north east lincolnshire",
    "n lincs": "north lincolnshire", "n yorks": "north yorkshire", "boro": "middlesbrough",
}  # fmt: skip
"""Short names in everyday use: the customary abbreviations of counties, and a few cities."""
