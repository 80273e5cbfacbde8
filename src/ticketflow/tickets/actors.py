"""Who acts on a ticket."""

from __future__ import annotations

from typing import Literal, get_args

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.names import check_id, check_name, is_text, names

Role = Literal["customer", "third_party", "agent", "administrator", "robot", "system"]
"""Who can do something to a ticket. The system acts for the rules themselves and for outside events."""

ROLES: frozenset[Role] = frozenset(get_args(Role))

PEOPLE: frozenset[Role] = frozenset({"customer", "third_party", "agent", "administrator"})
OUTSIDERS: frozenset[Role] = frozenset({"customer", "third_party"})
SUPPORT: frozenset[Role] = frozenset({"agent", "administrator"})


def _actor_id(value: str) -> str:
    return check_id(value, "actor id")


def _groups(value: frozenset[str] | set[str] | tuple[str, ...]) -> frozenset[str]:
    return frozenset(check_name(name, "group") for name in names(value, "groups"))


@attrs.frozen
class Actor:
    """Who does something: a role, an id, and the groups of it that a rule set may speak of.

    Attributes:
        role: What they are to the desk.
        id: Who they are; ASCII.
        groups: Further names that permissions may mention, for example ``accredited_consultant``.

    Raises:
        BadValueError: the role is none of `Role`, a group bears the name of a role, or an id is not ASCII.

    >>> Actor("customer", "ana", groups={"channel"}).is_any_of({"agent", "channel"})
    True
    """

    role: Role
    id: str = attrs.field(converter=_actor_id)
    groups: frozenset[str] = attrs.field(default=frozenset(), converter=_groups)

    def __attrs_post_init__(self) -> None:
        if not is_text(self.role) or self.role not in ROLES:
            raise BadValueError(f"role {self.role!r}", f"there are: {', '.join(sorted(ROLES))}")
        if self.groups & ROLES:
            named = ", ".join(sorted(self.groups & ROLES))
            raise BadValueError(f"group {named!r} bears the name of a role", "name the group otherwise")

    def is_any_of(self, names: frozenset[str] | set[str]) -> bool:
        """Return whether the actor's role or one of its groups is among *names*."""
        return self.role in names or not self.groups.isdisjoint(names)


SYSTEM = Actor("system", "ticketflow")
"""Who acts when a rule does."""
