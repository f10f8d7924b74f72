"""The form of a trunk; its shapes are those that the softswitch's files accept."""

from __future__ import annotations

import re
from typing import Any

from wtforms import BooleanField, Form, HiddenField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from cellhub.domain.numbers import CallerId, CallerIdError
from cellhub.switch.render import shapes
from cellhub.web.forms import WholeField

MOST_CHANNELS = 100_000
MOST_CALLS_PER_SECOND = 10_000
MOST_PRIORITY = 1_000
LARGEST_PORT = 65_535
SHORTEST_RING, LONGEST_RING = 5, 180

BY_ADDRESS = "ip"
BY_PASSWORD = "password"  # noqa: S105  the word of a choice
TRANSPORTS = ("udp", "tcp")
CODECS = ("alaw", "ulaw", "g722", "g729", "gsm", "opus")

# A form's check matches from the start only, so these patterns say where the end is.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]*\Z")
_AFFIX = re.compile(r"(\+?[0-9*#]{1,20})?")
_LOOKS_LIKE_ADDRESS = re.compile(r"[0-9.]+")


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def _accepts(annotated: Any, value: str) -> bool:
    """Whether the softswitch's files take a value of this shape."""
    return bool(annotated.__metadata__[0].accepts(value))


class TrunkForm(Form):
    """A provider's SIP server, how it knows us, and how numbers are sent to it."""

    name = StringField(
        "Name",
        [
            Regexp(
                _NAME, message="Write 1 to 40 small letters, digits or -, beginning with a letter or digit."
            )
        ],
        filters=[_stripped],
        description="Used in the dialplan as trunk-name. Cannot be changed later.",
    )
    provider = StringField(
        "Provider",
        [
            Length(max=80, message="Write at most 80 characters."),
            Regexp(_ONE_LINE, message="Write it on one line, without control characters."),
        ],
        filters=[_stripped],
        description="Your wholesale company, for reports.",
    )
    host = StringField(
        "Host", [DataRequired("Write the provider's host name or IP address.")], filters=[_stripped]
    )
    port = WholeField("Port", minimum=1, maximum=LARGEST_PORT, default=5060)
    transport = RadioField(
        "Transport",
        choices=[SelectChoice(word, word.upper()) for word in TRANSPORTS],
        default=TRANSPORTS[0],
        description="How SIP travels to the provider and back. Ask for it there: most take UDP.",
    )
    authentication = RadioField(
        "Authentication",
        choices=[
            SelectChoice(BY_ADDRESS, "IP-to-IP: the provider knows the address of this server"),
            SelectChoice(BY_PASSWORD, "Username + Password"),
        ],
        default=BY_ADDRESS,
    )
    username = StringField("Username", filters=[_stripped])
    password = PasswordField("Password", description="Kept encrypted and never shown.")
    register = BooleanField(
        "Register", description="Sends REGISTER, so that the provider can send calls too."
    )
    codecs = StringField(
        "Codecs",
        filters=[lambda text: _stripped(text).replace(" ", "").lower()],
        default="alaw,ulaw",
        description=f"With commas, the preferred one first: {', '.join(CODECS)}.",
    )
    max_channels = WholeField("Max Channels", maximum=MOST_CHANNELS, default=0, description="0 means no cap.")
    calls_per_second = WholeField(
        "Calls a second", maximum=MOST_CALLS_PER_SECOND, default=0, description="0 means no cap."
    )
    ring_seconds = WholeField(
        "Ring seconds",
        minimum=SHORTEST_RING,
        maximum=LONGEST_RING,
        default=60,
        description="Then the call ends.",
    )
    strip_prefix = StringField(
        "Strip Prefix (Remove)", filters=[_stripped], description="If the number begins with it."
    )
    add_prefix = StringField("Trunk Prefix (Add)", filters=[_stripped], description="After the strip.")
    caller_id = StringField(
        "CallerID override",
        filters=[_stripped],
        description='Empty leaves the caller\'s own. Write "Pera Turizm" <902125550164> or a number.',
    )
    priority = WholeField(
        "Priority", maximum=MOST_PRIORITY, default=10, description="The lower number is preferred."
    )
    active = BooleanField("Active", default=True)
    version = HiddenField("Version")

    def validate_host(self, field: StringField) -> None:
        """Refuse ports, URIs and addresses that are none."""
        if not _accepts(shapes.Host, field.data):
            raise ValidationError("Write a host name or an IPv4 address alone; the port has its own field.")
        if _LOOKS_LIKE_ADDRESS.fullmatch(field.data) and not _is_address(field.data):
            raise ValidationError("Write four numbers from 0 to 255, such as 203.0.113.18.")

    def validate_username(self, field: StringField) -> None:
        """Need one by password; the shape is the softswitch's."""
        if not self.by_password:
            return
        if not field.data:
            raise ValidationError("Write the username that the provider gave you, or choose IP-to-IP.")
        if not _accepts(shapes.SipUser, field.data):
            raise ValidationError("Write up to 80 letters, digits or . _ + -, without blanks or @.")

    def validate_password(self, field: PasswordField) -> None:
        """Refuse what the softswitch's files cannot hold."""
        if self.by_password and not _accepts(shapes.Secret, field.data or ""):
            raise ValidationError("Write up to 200 visible ASCII characters, without blanks, ; [ or ].")

    def validate_register(self, field: BooleanField) -> None:
        """Registering needs a username."""
        if field.data and not self.by_password:
            raise ValidationError("Choose Username + Password, or leave Register off for IP-to-IP.")

    def validate_codecs(self, field: StringField) -> None:
        """Refuse unknown and doubled codecs."""
        chosen = field.data.split(",")
        if not set(chosen) <= set(CODECS) or len(set(chosen)) < len(chosen):
            raise ValidationError(f"Write some of {', '.join(CODECS)}, each once, with commas.")

    def validate_strip_prefix(self, field: StringField) -> None:
        """Refuse what no number begins with."""
        _check_affix(field)

    def validate_add_prefix(self, field: StringField) -> None:
        """Refuse what cannot be dialled."""
        _check_affix(field)

    def validate_caller_id(self, field: StringField) -> None:
        """Read it as the dialplan will."""
        if not field.data:
            return
        try:
            field.data = str(CallerId.parse(field.data))
        except CallerIdError as error:
            raise ValidationError(str(error)) from None

    @property
    def by_password(self) -> bool:
        """Whether the provider knows us by a username and a password."""
        return bool(self.authentication.data == BY_PASSWORD)

    def terms(self) -> dict[str, Any]:
        """What a person decided; by address there is neither username nor registration."""
        terms = {name: value for name, value in self.data.items() if name not in _NOT_TERMS}
        return terms if self.by_password else terms | {"username": "", "register": False}

    def secret(self) -> str:
        """The typed password; none by address."""
        return (self.password.data or "") if self.by_password else ""


_NOT_TERMS = frozenset({"name", "authentication", "password", "version"})


def _check_affix(field: StringField) -> None:
    if not _AFFIX.fullmatch(field.data):
        raise ValidationError("Write up to 20 digits, * or #; only a + may come before them.")


def _is_address(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) <= 255 for part in parts)  # noqa: PLR2004
