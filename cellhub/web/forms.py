"""Form fields of the portal: what is typed is kept, and a mistake is named with its cure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import Field, Form, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from cellhub.db.ids import read_id
from cellhub.domain.money import parse_amount

NOBODY = ""
"""The value of a select's empty choice."""

NO_ROW = -1

LARGEST = Decimal("1000000000")


class AmountField(Field):
    """A decimal typed with a point; ``data`` is a Decimal, the typed text stays on a mistake."""

    widget = TextInput()

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        *,
        minimum: Decimal = Decimal(0),
        maximum: Decimal = LARGEST,
        decimals: int = 6,
        **options: Any,
    ) -> None:
        super().__init__(label, validators, **options)
        self._minimum, self._maximum, self._decimals = minimum, maximum, decimals

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist:
            self.data = parse_amount(
                valuelist[0].strip(),
                field=self.label.text,
                minimum=self._minimum,
                maximum=self._maximum,
                decimals=self._decimals,
            )

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data.normalize():f}"


class WholeField(Field):
    """A whole number within bounds, of ``unit``."""

    widget = TextInput()

    def __init__(
        self, label: str, validators: Sequence[Any] = (), *, minimum: int = 0, maximum: int, **options: Any
    ) -> None:
        super().__init__(label, validators, **options)
        self._minimum, self._maximum = minimum, maximum

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        typed = valuelist[0].strip() if valuelist else ""
        number = read_id(typed)
        if number is None or not self._minimum <= number <= self._maximum:
            raise ValueError(f"Write a whole number from {self._minimum} to {self._maximum}.")
        self.data = number

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class ReferenceField(SelectField):
    """Choose another row by its id; ``data`` is the id, or None for the empty choice.

    The choices come from the reader's own scope, so that an id of others is no choice.
    """

    def __init__(
        self, label: str, validators: Sequence[Any] = (), *, empty: str | None = None, **options: Any
    ):
        super().__init__(label, validators, coerce=_id, choices=[], **options)
        self._empty = empty

    def offer(self, rows: Sequence[tuple[int, str]]) -> None:
        """Set the choices from (id, name) pairs."""
        empty = [] if self._empty is None else [SelectChoice(NOBODY, self._empty)]
        self.choices = [*empty, *(SelectChoice(str(id_), name) for id_, name in rows)]

    def pre_validate(self, form: Form) -> None:
        if self.data not in {_id(choice.value) for choice in self.choices}:
            raise ValidationError(f"Choose one of the {self.label.text} in the list.")


def _id(value: Any) -> int | None:
    """The id that was sent; what is no id is one that no row has."""
    if value in (None, NOBODY):
        return None
    wanted = read_id(str(value))
    return NO_ROW if wanted is None else wanted
