"""Golden texts of listing-features, made from the rules in docs/golden/README.md alone.

A second implementation that knows nothing of the splitter: where the two differ, the rules say which is to be mended.

    python3 test/golden/produce.py cases < docs/golden/listing-features.json    the same cases, `expected` made anew
    python3 test/golden/produce.py sample < sample.ndjson                       a digest of the three texts per listing

A line of sample.ndjson is {"zpid": "...", "analyses": [...]}; an analysis is a map or a JSON string of one.
"""

import functools
import hashlib
import json
import pathlib
import sys
import unicodedata
from collections import Counter

VOCABULARY = pathlib.Path(__file__).parents[2] / "src/domain/listing/amenities.json"
SAYS_NOTHING = {"", "unknown", "none", "null", "n/a", "other"}
WEIGHTS = {"high": 3, "low": 1}
CAPS = {"materials": 3, "interior": 10, "amenities": None}


def split(analyses, options, vocabulary):
    hits = amenity_finder(vocabulary)
    styles, colors, materials, interior, elsewhere, amenities = (Counter() for _ in range(6))
    unknown_photos = 0
    for analysis in analyses:
        vote = WEIGHTS.get(text(analysis.get("confidence")), 2) if options.get("weighConfidence") else 1
        kind = text(analysis.get("image_type"))
        features = texts(analysis.get("features"), analysis.get("visual_features"))
        plain = [feature for feature in features if not hits(feature)]

        count(amenities, [canonical for feature in features for canonical in hits(feature)], vote)
        count(interior if kind == "interior" else elsewhere, plain, vote)
        if kind == "exterior":
            named = one_text(analysis.get("architecture_style"))
            count(styles, [name for style in named for name in one_text(style.removesuffix(" style"))], vote)
            count(colors, one_text(analysis.get("exterior_color")), vote)
            count(materials, texts(analysis.get("materials")), vote)
        unknown_photos += kind not in ("exterior", "interior")

    caps = {**CAPS, **options.get("caps", {})}
    capped = {"materials": materials, "interior": interior, "amenities": amenities}
    kept = {name: top(counter, caps[name]) for name, counter in capped.items()}
    return {
        "exterior": exterior_text(top(styles, 1), top(colors, 1), kept["materials"]),
        "interior": ", ".join(kept["interior"]) or None,
        "amenities": ", ".join(kept["amenities"]) or None,
        "counts": {
            "cut": {name: len(capped[name]) - len(kept[name]) for name in capped},
            "unplaced": len(elsewhere.keys() - interior.keys()),
            "unknownPhotos": unknown_photos,
        },
    }


def count(counter, values, vote):
    for value in dict.fromkeys(values):  # once per photo
        counter[value] += vote


def top(counter, cap):
    return [value for value, _ in counter.most_common()[:cap]]


def exterior_text(style, color, materials):
    if not (style or color or materials):
        return None
    made_of = ["with " + ", ".join(materials)] if materials else []
    return " ".join([f"{name} style" for name in style] + color + ["exterior"] + made_of)


def text(value):
    normalised = " ".join(value.lower().replace("_", " ").split()) if isinstance(value, str) else ""
    return None if normalised in SAYS_NOTHING else normalised


def one_text(value):
    return [text(value)] if text(value) else []


def texts(*lists):
    values = [value for each in lists for value in (each if isinstance(each, list) else [each])]
    return [normalised for value in values for normalised in one_text(value)]


def words(phrase):
    return "".join(letter if unicodedata.category(letter)[0] in "LN" else " " for letter in phrase).split()


def amenity_finder(vocabulary):
    """A function from a feature to the canonical phrases in it, in the order of their places."""
    phrases = [(phrase, canonical) for canonical, aliases in vocabulary.items() for phrase in (canonical, *aliases)]
    runs = [(words(phrase), phrase, canonical) for phrase, canonical in phrases if words(phrase)]
    runs.sort(key=lambda run: (-len(run[0]), -len(run[1])))  # a stable sort: else the first in the file

    @functools.cache
    def hits(feature):
        left = words(feature)
        found = []
        for run, _, canonical in runs:
            for place in range(len(left) - len(run) + 1):
                if left[place : place + len(run)] == run:
                    left[place : place + len(run)] = [None] * len(run)  # used up, and a gap to every other phrase
                    found.append((place, canonical))
        return [canonical for _, canonical in sorted(found)]

    return hits


def cases(source):
    golden = json.load(source)
    for case in golden["cases"]:
        case["expected"] = split(case["analyses"], case.get("options", {}), golden["vocabulary"])
    return laid_out(golden) + "\n"


def laid_out(value, indent=""):
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(indent + line) < 120:
        return line
    parts = [(f'"{name}": ', part) for name, part in value.items()] if line[0] == "{" else [("", part) for part in value]
    lines = ",\n".join(f"{indent}  {name}{laid_out(part, indent + '  ')}" for name, part in parts)
    return line[0] + "\n" + lines + "\n" + indent + line[-1]


def sample(source):
    hash_of = functools.partial(digest, vocabulary=json.loads(VOCABULARY.read_text(encoding="utf-8")))
    listings = {listing["zpid"]: listing["analyses"] for listing in map(json.loads, source)}
    return "".join(f"{zpid}\t{hash_of(listings[zpid])}\n" for zpid in sorted(listings))


def digest(analyses, vocabulary):
    found = [analysis for analysis in map(parsed, analyses) if isinstance(analysis, dict)]
    fields = split(found, {}, vocabulary)
    three = "\n".join(fields[name] or "" for name in ("exterior", "interior", "amenities"))
    return hashlib.sha256(three.encode()).hexdigest() if found else "-"


def parsed(analysis):
    try:
        return json.loads(analysis, parse_constant=int) if isinstance(analysis, str) else analysis  # NaN is no JSON
    except ValueError:
        return None


if __name__ == "__main__":
    sys.stdout.write({"cases": cases, "sample": sample}[sys.argv[1]](sys.stdin))
