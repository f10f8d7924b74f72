"""The form of SIP users, and which of its fields each role decides about."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, Regexp, ValidationError

from cellhub.accounts.forms import stripped
from cellhub.domain.numbers import CallerId, CallerIdError
from cellhub.security.roles import Permission
from cellhub.sip.models import DYNAMIC
from cellhub.web.forms import ReferenceField, WholeField

MOST_CALLS = 10_000
CODECS = ("alaw", "ulaw", "g722", "g729", "gsm", "opus")
NAT_MODES = ("force_rport,comedia", "force_rport", "comedia", "no")
USERNAME = re.compile(r"[a-z0-9][a-z0-9_-]{1,39}")
RESERVED = "trunk-"

EDIT, CREATE, ROUTE = Permission.SIP_USERS_EDIT, Permission.SIP_USERS_CREATE, Permission.SIP_USERS_ROUTE
DECIDES: dict[str, Permission] = {
    "caller_id": EDIT,
    "strip_prefix": EDIT,
    "add_prefix": EDIT,
    "codecs": EDIT,
    "nat": EDIT,
    "username": CREATE,
    "owner": CREATE,
    "max_calls": CREATE,
    # Whoever calls from a fixed address needs no password, so only the tenant's staff says which one.
    "host": ROUTE,
    "trunk": ROUTE,
    "rate_deck": ROUTE,
}
"""Field to the permission that its value asks for: the others are not in the reader's form."""


def _username(_form: Form, field: Any) -> None:
    if not USERNAME.fullmatch(field.data or ""):
        raise ValidationError("Write 2 to 40 of a-z, 0-9, - and _, beginning with a letter or digit.")
    if field.data.startswith(RESERVED):
        raise ValidationError("Names that begin with trunk- are those of trunks. Write another one.")


def _caller_id(_form: Form, field: Any) -> None:
    if not field.data:
        return
    try:
        CallerId.parse(field.data)
    except CallerIdError as wrong:
        raise ValidationError(str(wrong)) from None


def _host(_form: Form, field: Any) -> None:
    if field.data == DYNAMIC:
        return
    try:
        address = ipaddress.IPv4Address(field.data)
    except ValueError:
        raise ValidationError("Write dynamic, or an IPv4 address such as 203.0.113.7.") from None
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        raise ValidationError("No single machine has this address. Write the one that the peer calls from.")


def _codecs(_form: Form, field: Any) -> None:
    wanted = field.data.split(",") if field.data else []
    if not wanted or set(wanted) - set(CODECS) or len(set(wanted)) < len(wanted):
        raise ValidationError(f"Write each at most once, with commas between: {','.join(CODECS)}.")


def _without_blanks(text: str | None) -> str | None:
    return "".join(text.split()) if text else text


def _prefix(label: str, description: str) -> StringField:
    return StringField(
        label,
        [Optional(), Regexp(r"\+?[0-9]{0,20}\Z", message="Write digits, at most 20; a + may come first.")],
        filters=[stripped],
        default="",
        description=description,
    )


class SipUserForm(Form):
    """A SIP user as the manual lists its fields."""

    username = StringField(
        "Username",
        [InputRequired("Write a name."), _username],
        filters=[stripped],
        description="What the phone signs in with. Cannot be changed later.",
    )
    caller_id = StringField(
        "Caller ID",
        [_caller_id],
        filters=[stripped],
        default="",
        description='Written "Name" <number>. Without one, trunks see anonymous or their own.',
    )
    host = StringField(
        "Host",
        [InputRequired("Write dynamic, or an IPv4 address such as 203.0.113.7."), _host],
        filters=[stripped],
        default=DYNAMIC,
        description="dynamic for a phone that registers, an IP address for a peer.",
    )
    owner = ReferenceField("Owner", description="The user that pays for its calls.")
    strip_prefix = _prefix("Strip Prefix", "Taken from the front of what is dialled.")
    add_prefix = _prefix("Add Prefix", "Then put in front.")
    trunk = ReferenceField(
        "Single Trunk", empty="By the rate", description="Wins over the trunk of the rate."
    )
    rate_deck = ReferenceField("Rate Deck", empty="By the plan", description="Wins over the owner's plan.")
    max_calls = WholeField(
        "Max Calls", maximum=MOST_CALLS, default=0, description="At once. 0: as its owner."
    )
    codecs = StringField(
        "Codecs",
        [InputRequired("Write at least one codec, such as alaw."), _codecs],
        filters=[_without_blanks],
        default="alaw,ulaw",
        description="The preferred one first.",
    )
    nat = SelectField(
        "NAT",
        choices=[SelectChoice(mode) for mode in NAT_MODES],
        default=NAT_MODES[0],
        description="The first one suits phones behind a router.",
    )

    def settings(self) -> dict[str, Any]:
        """The settings of those fields that the reader has, without name and owner."""
        found = {SETTING_OF[field.name]: field.data for field in self if field.name in SETTING_OF}
        if "caller_id" in self:
            caller = CallerId.parse(self.caller_id.data) if self.caller_id.data else CallerId("", "")
            found |= {"caller_id_name": caller.name, "caller_id_number": caller.number}
        return found


SETTING_OF = {
    "host": "host",
    "strip_prefix": "strip_prefix",
    "add_prefix": "add_prefix",
    "trunk": "trunk_id",
    "rate_deck": "rate_deck_id",
    "max_calls": "max_calls",
    "codecs": "codecs",
    "nat": "nat",
}
