"""The forms of users. A field that the reader may not decide about is not in the form at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from wtforms import Form, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from cellhub.db.tenancy import AccountKind, PaymentMode
from cellhub.security.passwords import MINIMUM_LENGTH
from cellhub.web.forms import AmountField, ReferenceField, WholeField

# A megabyte of password would keep Argon2 busy for whoever sends it.
LONGEST_PASSWORD = 200
MOST = 100_000
LARGEST_CREDIT = Decimal(1_000_000)
CENT = Decimal("0.01")
HUNDRED = Decimal(100)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
FORM_ID = re.compile(r"[0-9a-f]{32}")


def plain_line(_form: Form, field: Any) -> None:
    """Refuse line breaks and other control characters."""
    if _CONTROL.search(field.data or ""):
        raise ValidationError("Write it on one line, without control characters.")


def email_address(_form: Form, field: Any) -> None:
    """Refuse what no mail can be sent to."""
    if not _EMAIL.fullmatch(field.data or ""):
        raise ValidationError("Write an address such as anna@example.com.")


def stripped(text: str | None) -> str | None:
    """Forget blanks around what was typed."""
    return text.strip() if text else text


@cache
def zone_choices() -> Sequence[SelectChoice]:
    """Every place whose clock is known, after UTC."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [SelectChoice(name, name.replace("_", " ")) for name in ("UTC", *places)]


class AccountForm(Form):
    """A customer: who it is, what it pays by, and what it may use."""

    name = StringField(
        "Name",
        [
            InputRequired("Write a name."),
            Length(max=120, message="Write at most 120 characters."),
            plain_line,
        ],
        filters=[stripped],
    )
    email = StringField(
        "Email",
        [
            InputRequired("Write the address to sign in with."),
            Length(max=254, message="Write at most 254 characters."),
            email_address,
            plain_line,
        ],
        filters=[stripped],
        description="To sign in with.",
    )
    password = PasswordField(
        "Password",
        [
            Optional(strip_whitespace=False),
            Length(
                MINIMUM_LENGTH, LONGEST_PASSWORD, f"Write {MINIMUM_LENGTH} to {LONGEST_PASSWORD} characters."
            ),
        ],
        description="Leave it empty: then one is made and shown once.",
    )
    kind = SelectField(
        "Role",
        choices=[
            SelectChoice(kind.value, kind.capitalize()) for kind in (AccountKind.CLIENT, AccountKind.RESELLER)
        ],
        description="Cannot be changed later.",
    )
    reseller = ReferenceField(
        "Reseller",
        empty="None, directly under us",
        description="Whose customer it is. Cannot be changed later.",
    )
    plan = ReferenceField(
        "Plan", empty="Default rate deck", description="A reseller's customer pays by the reseller's plan."
    )
    margin = AmountField(
        "Margin",
        maximum=Decimal(1000),
        decimals=4,
        default=Decimal(0),
        description="What a reseller adds to its own price for those below it.",
    )
    payment_mode = SelectField(
        "Payment",
        choices=[SelectChoice(mode.value, mode.capitalize()) for mode in PaymentMode],
    )
    credit_limit = AmountField(
        "Credit limit", default=Decimal(0), description="How far below zero a postpaid account may go."
    )
    low_credit = AmountField(
        "Low-credit threshold", default=Decimal(0), description="Below it the balance is shown as low."
    )
    sip_user_limit = WholeField(
        "SIP account limit", maximum=MOST, default=0, description="0 means unlimited."
    )
    max_calls = WholeField("Max Calls", maximum=MOST, default=0, description="At once. 0 means unlimited.")
    time_zone = SelectField("Time zone", choices=zone_choices)

    def terms(self) -> dict[str, Any]:
        """The terms of those fields that the reader has."""
        return {TERM_OF[field.name]: _term(field) for field in self if field.name in TERM_OF}


TERM_OF = {
    "name": "name",
    "plan": "plan_id",
    "payment_mode": "payment_mode",
    "credit_limit": "credit_limit",
    "low_credit": "low_credit",
    "margin": "margin",
    "sip_user_limit": "sip_user_limit",
    "max_calls": "max_calls",
    "time_zone": "time_zone",
}


def _term(field: Any) -> Any:
    """The value as the account keeps it: a margin of 25 % is 0.25."""
    if field.name == "margin":
        return field.data / HUNDRED
    return PaymentMode(field.data) if field.name == "payment_mode" else field.data


class CreditForm(Form):
    """Money that was received. ``form_id`` makes a second click the same deed."""

    amount = AmountField("Amount", minimum=CENT, maximum=LARGEST_CREDIT, decimals=2)
    note = StringField(
        "Reference note",
        [
            InputRequired("Write where the money came from."),
            Length(max=200, message="Write at most 200 characters."),
            plain_line,
        ],
        filters=[stripped],
        description="Shown in the ledger and to the client.",
    )
    form_id = HiddenField(validators=[Regexp(FORM_ID, message="Close this form and open it again.")])
