"""Actors: who does something to a ticket."""

from __future__ import annotations

from typing import Literal, get_args

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.fast_init import fast_init
from ticketflow.kernel.names import check_id, check_name, check_names, is_text

Role = Literal["customer", "third_party", "agent", "administrator", "robot", "system"]
"""The roles of actors. The system acts for rules."""

ROLES: frozenset[Role] = frozenset(get_args(Role))

PEOPLE: frozenset[Role] = frozenset({"customer", "third_party", "agent", "administrator"})
OUTSIDERS: frozenset[Role] = frozenset({"customer", "third_party"})
SUPPORT: frozenset[Role] = frozenset({"agent", "administrator"})


def _actor_id(value: str) -> str:
    return check_id(value, "actor id")


def _groups(value: frozenset[str] | set[str] | tuple[str, ...]) -> frozenset[str]:
    return frozenset(check_name(name, "group") for name in check_names(value, "groups"))


@fast_init
@attrs.frozen
class Actor:
    """Somebody who does something to a ticket.

    Attributes:
        role: The actor's role.
        id: The actor's id; ASCII.
        groups: The actor's groups, which permissions can name beside roles, for example ``accredited_consultant``.

    Raises:
        BadValueError: *role* does not exist, a group has the name of a role, or *id* is not ASCII.

    >>> Actor("customer", "ana", groups={"channel"}).is_any_of({"agent", "channel"})
    True
    """

    role: Role
    id: str = attrs.field(converter=_actor_id)
    groups: frozenset[str] = attrs.field(default=frozenset(), converter=_groups)

    def __attrs_post_init__(self) -> None:
        if not is_text(self.role) or self.role not in ROLES:
            raise BadValueError(f"role {self.role!r} does not exist", f"there are: {', '.join(sorted(ROLES))}")
        if self.groups and self.groups & ROLES:
            named = ", ".join(sorted(self.groups & ROLES))
            raise BadValueError(f"group {named!r} has the name of a role", "give the group another name")

    def is_any_of(self, names: frozenset[str] | set[str]) -> bool:
        """Return whether *names* contains the actor's role or one of its groups."""
        return self.role in names or not self.groups.isdisjoint(names)


SYSTEM = Actor("system", "ticketflow")
"""The actor of automatic entries."""
