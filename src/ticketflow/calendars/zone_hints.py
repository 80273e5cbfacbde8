"""Suggestions for the name of a time zone that does not exist.

The city of an IANA name and near spellings are always recognized. The names that Windows, Outlook and many help desks
use come from the tables of the Unicode CLDR, which the extra `zones` installs as part of Babel. Of three packages,
tzlocal and icalendar know the Windows names only; Babel knows the names that people see, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache

_MOST = 3
_LONGEST = 64
_ASIDE = re.compile(r"\([^()]*\)")


def likely_zones(name: str, known: frozenset[str]) -> tuple[str, ...]:
    """Return at most three names of time zones that *name* probably means, the likeliest first.

    Args:
        name: What was given instead of an IANA name. A text of more than 64 characters has no suggestions.
        known: The names to choose from.

    >>> from ticketflow.calendars.zones import zone_names
    >>> likely_zones("Tokyo", zone_names()), likely_zones("europe/madird", zone_names())
    (('Asia/Tokyo',), ('Europe/Madrid',))
    """
    if len(name) > _LONGEST:
        return ()
    given = _folded(_ASIDE.sub(" ", name))
    found = [zone for part in given.split(",") for zone in _named(part.strip(), known)]
    return tuple(dict.fromkeys(each for each in found or _near(given, known) if each in known))[:_MOST]


def _named(given: str, known: frozenset[str]) -> Iterator[str]:
    yield from _by_city(known).get(given, ())
    stem = given.removesuffix(" time")
    for form in (f"{stem} standard time", given, f"{stem} time"):  # Windows says "standard" the whole year
        yield from _aliases().get(form, ())


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


@cache
def _by_city(known: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the zones by their whole names and by the last parts of these."""
    # Etc/GMT+3 lies three hours behind UTC, and whoever writes GMT+3 means the opposite.
    named = sorted(zone for zone in known if not any(map(str.isdigit, zone)))
    return _grouped((key, zone) for zone in named for key in (_folded(zone), _folded(zone.rpartition("/")[2])))


def _near(given: str, known: frozenset[str]) -> Iterator[str]:
    names = _by_city(known)
    return (zone for close in get_close_matches(given, names, n=1, cutoff=0.8) for zone in names[close])


@cache
def _aliases() -> Mapping[str, tuple[str, ...]]:
    """Return the zones by their Windows and CLDR names; none without Babel."""
    try:
        from babel import Locale  # noqa: PLC0415 -- an extra, used only to word an error
        from babel.core import get_global  # noqa: PLC0415
    except ImportError:
        return {}
    windows = get_global("windows_zone_mapping")
    main = set(windows.values())
    names = Locale("en").meta_zones
    pairs = [(_folded(name), zone) for name, zone in windows.items()]
    # Each of the Windows zones stands for its region, so it comes before its neighbors with the same name.
    for zone, meta in sorted(get_global("meta_zones").items(), key=lambda pair: (pair[0] not in main, pair[0])):
        forms = names.get(meta, {})
        pairs += [(_folded(name), zone) for length in ("long", "short") for name in forms.get(length, {}).values()]
    return _grouped(pairs)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, value in pairs:
        found[key] = (*found.get(key, ()), value)
    return found
