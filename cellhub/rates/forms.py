"""The forms of decks, rates, plans and files of rates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, FieldList, FileField, Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from cellhub.domain.money import Rounding
from cellhub.domain.rating import BlockRule
from cellhub.rates.importing import (
    COLUMNS,
    DEAREST,
    LARGEST_FILE,
    LONGEST_BLOCK,
    LONGEST_DESTINATION,
    MOST_ROWS,
)
from cellhub.web.forms import AmountField, ReferenceField, WholeField

LONGEST_NAME = 80
MOST_DECIMALS = 6
FREE_PLACES = 2
MOST_PLACES = 50

BLOCK_RULES = {
    BlockRule.AFTER_INITIAL: "After the initial block",
    BlockRule.FROM_ZERO: "From the start of the call",
}
ROUNDINGS = {Rounding.HALF_UP: "Half up", Rounding.UP: "Up", Rounding.DOWN: "Down"}

# A form's check matches from the start only, so each pattern says where the end is.
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]*\Z")
_DIGITS = re.compile(r"[0-9]{1,20}\Z")
_FORMULA = re.compile(r"(?![=+\-@])")


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def _name_checks(longest: int) -> list[Any]:
    return [
        DataRequired("Write a name."),
        Length(max=longest, message=f"Write at most {longest} characters."),
        Regexp(_ONE_LINE, message="Write it on one line, without control characters."),
        Regexp(_FORMULA, message="Begin it with a letter or digit, not with = + - or @."),
    ]


class WordField(SelectField):
    """Choose a member of an enum by its words."""

    def __init__(self, label: str, words: Mapping[Any, str], **options: Any) -> None:
        choices = [SelectChoice(member.value, word) for member, word in words.items()]
        super().__init__(label, choices=choices, **options)
        self._words = words

    def pre_validate(self, form: Form) -> None:
        """Refuse what is no member, and name the members."""
        if self.data not in self._words:
            raise ValidationError(f"Choose one of: {', '.join(self._words.values())}.")


class DeckForm(Form):
    """How a deck counts blocks and rounds."""

    name = StringField("Name", _name_checks(LONGEST_NAME), filters=[_stripped])
    block_rule = WordField(
        "Blocks are counted",
        BLOCK_RULES,
        description="With 60 and 60, 61 seconds bill 120 either way; with 30 and 60 they bill 90 or 120.",
    )
    rounding = WordField("Rounding", ROUNDINGS, description="Of the cost of a call, once, at the end.")
    decimals = WholeField(
        "Decimals", maximum=MOST_DECIMALS, default=MOST_DECIMALS, description="Of the cost, 0 to 6."
    )


class RateForm(Form):
    """The price of one prefix."""

    deck_id = ReferenceField("Rate Deck")
    prefix = StringField(
        "Prefix",
        [Regexp(_DIGITS, message="Write 1 to 20 digits, without + or blanks.")],
        filters=[_stripped],
        description="The longest prefix that a number begins with prices it.",
    )
    destination = StringField("Destination", _name_checks(LONGEST_DESTINATION), filters=[_stripped])
    rate = AmountField("Rate", maximum=DEAREST)
    initial_block = WholeField(
        "Initial Block",
        maximum=LONGEST_BLOCK,
        default=0,
        description="Billed in full as soon as a call is answered.",
    )
    billing_block = WholeField(
        "Billing Block",
        minimum=1,
        maximum=LONGEST_BLOCK,
        default=1,
        description="Granularity after the initial block.",
    )
    connect_charge = AmountField(
        "Connect Charge", maximum=DEAREST, default=Decimal(0), description="Once a call."
    )
    trunk_id = ReferenceField(
        "Trunk",
        empty="By priority",
        description="Forces calls of this rate to one trunk; a SIP user's own trunk wins.",
    )


class PlanForm(Form):
    """A plan and its decks in order."""

    name = StringField("Name", _name_checks(LONGEST_NAME), filters=[_stripped])
    decks = FieldList(ReferenceField("Rate Deck", empty="None"), max_entries=MOST_PLACES)

    def offer(self, decks: Sequence[tuple[int, str]]) -> None:
        """Set the choices of every place, and leave some places free."""
        filled = sum(1 for place in self.decks if place.data is not None)
        while len(self.decks) < min(filled + FREE_PLACES, max(len(decks), 1)):
            self.decks.append_entry()
        for number, place in enumerate(self.decks, start=1):
            place.label.text = f"Rate Deck {number}"
            place.offer(decks)

    def validate_decks(self, field: FieldList) -> None:
        """Refuse an empty plan, and a deck that stands in two places."""
        chosen = self.deck_ids()
        if not chosen:
            raise ValidationError("Choose at least one rate deck.")
        if len(set(chosen)) < len(chosen):
            raise ValidationError("A rate deck stands in two places. Leave one of them empty.")

    def deck_ids(self) -> list[int]:
        """The chosen decks in order, without the free places."""
        return [place.data for place in self.decks if place.data is not None]


class UploadForm(Form):
    """A file of rates."""

    file = FileField(
        "CSV file",
        description=(
            f"Columns {','.join(COLUMNS)}. UTF-8 or UTF-16, comma, semicolon or tab, "
            f"up to {MOST_ROWS:,} rows and {LARGEST_FILE // 1024**2} MB."
        ),
    )


class PublishForm(Form):
    """What to do beyond what the file says."""

    remove_missing = BooleanField("Remove prefixes that are missing in the file")
