"""The forms of the profile."""

from __future__ import annotations

from typing import Any

from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from cellhub.accounts.forms import LONGEST_PASSWORD, plain_line, stripped
from cellhub.security.passwords import MINIMUM_LENGTH


class NameForm(Form):
    """How others read of this person."""

    name = StringField(
        "Name",
        [
            InputRequired("Write a name."),
            Length(max=120, message="Write at most 120 characters."),
            plain_line,
        ],
        filters=[stripped],
        description="Shown in histories beside what you did.",
    )


class PasswordForm(Form):
    """The password now, and the next one twice."""

    old = PasswordField("Password now", [InputRequired("Write your password.")])
    new = PasswordField(
        "New password",
        [
            InputRequired("Write a new password."),
            Length(
                MINIMUM_LENGTH, LONGEST_PASSWORD, f"Write {MINIMUM_LENGTH} to {LONGEST_PASSWORD} characters."
            ),
        ],
        description=f"At least {MINIMUM_LENGTH} characters. A few words are easier to keep than signs.",
    )
    again = PasswordField("New password again", [InputRequired("Write the new password again.")])

    def validate_again(self, field: Any) -> None:
        """Refuse a slip of the finger."""
        if field.data != self.new.data:
            raise ValidationError("This is not the same as the new password.")
