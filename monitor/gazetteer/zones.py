"""Read the names of some three hundred cities in all languages of CLDR, which names time zones after them.

Nothing here is imported by the daemon.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from monitor.watching.morphology import tables
from monitor.watching.tokens import words

Record = Mapping[str, object]
Names = dict[str, list[str]]  # of one city, by language.

_ALIKE = 3  # letters: Tirane is Tirana, but Bahia is not Salvador.
_LANGUAGES = {"nb": "no", "fil": "tl", "yue": "zh"}  # what CLDR calls otherwise than language detection does.
_WITHOUT_AFFIXES = frozenset({"dz", "ja", "km", "lo", "my", "th", "vi", "zh"})  # and of the press, all the same.
_NO_CITIES = ("Etc/", "Antarctica/")


def labelled_cities(cities: Iterable[Record]) -> dict[str, Names]:
    """Return the names of the cities that time zones are called after, by GeoNames id and language.

    A zone's city is the biggest in the zone's country that the English name of the zone's city is a name of. Names as
    in English are left out, for languages that say nothing inherit them.
    Source: CLDR, exemplar cities of time zones; Babel's copy.
    """
    ids = _ids(cities)
    found: dict[str, Names] = {id_: {} for id_ in ids.values()}
    for language, zone, name in _names():
        id_ = ids.get(zone)
        if id_ is not None:
            some = found[id_].setdefault(language, [])
            some.extend([name] if name not in some else [])
    return {id_: names for id_, names in found.items() if names}


def _ids(cities: Iterable[Record]) -> dict[str, str]:
    from babel import Locale
    from babel.core import get_global

    of_country: defaultdict[str, list[Record]] = defaultdict(list)
    for city in cities:
        of_country[str(city["countrycode"])].append(city)
    english = Locale.parse("en")
    found: dict[str, str] = {}
    for zone, country in sorted(get_global("zone_territories").items()):
        name = english.time_zones.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")
        area = words(english.territories.get(country, ""))
        key = words(str(name))
        # Kuwait, Panama, Macao: the name of the country, which it has already.
        if zone.startswith(_NO_CITIES) or "/" not in zone or area[: len(key)] == key:
            continue
        called = [city for city in of_country[country] if _is_called(city, key)]
        if called:
            found[zone] = str(max(called, key=lambda city: int(str(city["population"])))["geonameid"])
    return found


def _is_called(city: Record, key: tuple[str, ...]) -> bool:
    main, alternates = words(str(city["name"])), city["alternatenames"]
    if main == key:
        return True
    others = alternates if isinstance(alternates, list) else []
    alike = "".join(main)[:_ALIKE] == "".join(key)[:_ALIKE]
    return alike and any(words(str(name)) == key for name in others)


def _names() -> Iterable[tuple[str, str, str]]:
    """Yield language, zone and the name of the zone's city, of every language that has a name of its own."""
    from babel import Locale, localedata

    english = Locale.parse("en").time_zones
    aliases = _aliases()
    for identifier in sorted(localedata.locale_identifiers()):
        language = _LANGUAGES.get(identifier.partition("_")[0], identifier.partition("_")[0])
        if language not in tables() and language not in _WITHOUT_AFFIXES:
            continue  # Minor languages carry drafts.
        zones: Mapping[str, Mapping[str, object]] = Locale.parse(identifier).time_zones
        for zone, entry in sorted(zones.items()):
            name = entry.get("city")
            if isinstance(name, str) and name != english.get(zone, {}).get("city"):
                for called in (zone, *aliases.get(zone, ())):
                    yield language, called, name


def _aliases() -> Mapping[str, Sequence[str]]:
    """Return today's names of zones whose data CLDR keeps under the old: Europe/Kiev is Europe/Kyiv."""
    from babel.core import get_global

    found: defaultdict[str, list[str]] = defaultdict(list)
    for old, new in get_global("zone_aliases").items():
        found[old].append(new)
        found[new].append(old)
    return found
