"""The forms of a tenant. What cannot be decided where the installation runs is not in the form at all."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from wtforms import BooleanField, Form, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from cellhub.accounts.forms import email_address, plain_line, stripped, zone_choices
from cellhub.tenants.keeping import Policy
from cellhub.web.forms import WholeField

MOST = 100_000
MOST_PODS = 50
LOWEST_PORT, HIGHEST_PORT = 1024, 65_535
NO_CAP = "0 means no cap."
EXPOSURES = ("ClusterIP", "NodePort", "LoadBalancer", "Edge")

# A form's check matches from the start only, so these patterns say where the end is.
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\Z")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_CPU = re.compile(r"([0-9]{1,6}m|[0-9]{1,4}(\.[0-9]{1,3})?)\Z")
_BYTES = re.compile(r"[0-9]{1,6}(Ki|Mi|Gi|Ti)\Z")
_IMAGE = re.compile(r"[A-Za-z0-9._/:@-]{0,512}\Z")

ONLY_NEW = ("slug", "namespace", "admin_email", "currency")
"""What stays as it was made."""


class TenantForm(Form):
    """A company with its own customers, rates, trunks and softswitch."""

    slug = StringField(
        "Name",
        [Regexp(_SLUG, message="Write 1 to 40 small letters, digits or -; not - at either end.")],
        filters=[stripped],
        description="Names its softswitch and its addresses. Cannot be changed later.",
    )
    namespace = SelectField("Namespace", description="Where its resource and its softswitch are.")
    name = StringField(
        "Company",
        [
            DataRequired("Write the company's name."),
            Length(max=200, message="Write at most 200 characters."),
            plain_line,
        ],
        filters=[stripped],
    )
    sip_domain = StringField(
        "SIP domain",
        [Regexp(_HOST, message="Write a host name or an IP address, such as sip.example.com.")],
        filters=[stripped],
        description="What its phones register to.",
    )
    admin_email = StringField(
        "First admin",
        [email_address],
        filters=[stripped],
        description="Signs in by this address. The password is in the Secret that the tenant's events name.",
    )
    currency = StringField(
        "Currency",
        [Regexp(_CURRENCY, message="Write the three capital letters of a currency, such as USD.")],
        filters=[stripped],
        default="USD",
        description="Of its books. Cannot be changed later.",
    )
    time_zone = SelectField("Time zone", default="UTC", description="Of its reports and days.")
    max_calls = WholeField("Calls at a time", maximum=MOST, default=0, description=NO_CAP)
    calls_per_second = WholeField("New calls a second", maximum=MOST, default=0, description=NO_CAP)
    sip_user_limit = WholeField("SIP users", maximum=MOST, default=0, description=NO_CAP)
    replicas = WholeField("Softswitches", maximum=MOST_PODS, default=1, description="Pods that take calls.")
    cpu = StringField(
        "CPU",
        [Regexp(_CPU, message="Write cores such as 2 or 0.5, or thousandths such as 500m.")],
        filters=[stripped],
        default="500m",
        description="Of each pod: what it is given, and no more.",
    )
    memory = StringField(
        "Memory",
        [Regexp(_BYTES, message="Write a size such as 512Mi or 1Gi.")],
        filters=[stripped],
        default="512Mi",
        description="Of each pod.",
    )
    rtp_first = WholeField(
        "First RTP port",
        minimum=LOWEST_PORT,
        maximum=HIGHEST_PORT,
        default=10_000,
        description="An even number.",
    )
    rtp_last = WholeField(
        "Last RTP port",
        minimum=LOWEST_PORT,
        maximum=HIGHEST_PORT,
        default=10_999,
        description="Each leg takes two.",
    )
    exposure = SelectField(
        "Reached by",
        choices=list(EXPOSURES),
        default=EXPOSURES[0],
        description="How phones come to the pods.",
    )
    image = StringField(
        "Image",
        [Regexp(_IMAGE, message="Write the image's address, with its tag or digest.")],
        filters=[stripped],
        description="Empty takes the release's.",
    )
    janus = BooleanField("Web phone", description="Runs the gateway that browsers call through.")
    janus_replicas = WholeField("Gateways", maximum=MOST_PODS, default=1, description="Pods of the gateway.")
    version = HiddenField("Version")

    def __init__(
        self, *args: Any, namespaces: Collection[str] = (), zone: str = "UTC", **options: Any
    ) -> None:
        super().__init__(*args, **options)
        known = zone_choices()
        # One that kubectl wrote may be none of the list; saving another field must not change it.
        more = [] if zone in {choice.value for choice in known} else [SelectChoice(zone, zone)]
        self.time_zone.choices = [*more, *known]
        self.namespace.choices = [SelectChoice(one, one) for one in namespaces]

    def keep(self, names: Collection[str]) -> None:
        """Leave only these fields, and the version."""
        for name in list(self._fields):
            if name not in names and name != "version":
                del self[name]

    def terms(self) -> dict[str, Any]:
        """What a person decided."""
        return {name: value for name, value in self.data.items() if name not in _NOT_TERMS}


_NOT_TERMS = frozenset({"slug", "namespace", "version"})


class EndForm(Form):
    """What becomes of the books, and the name as a proof that this tenant is meant."""

    policy = RadioField(
        "Its customers, rates and books",
        choices=[
            SelectChoice(
                Policy.RETAIN,
                "Keep: they stay, and a new tenant of the same name takes them up",
            ),
            SelectChoice(Policy.DELETE, "Erase: they go for good, after a last backup of them is saved"),
        ],
        default=Policy.RETAIN,
    )
    confirm = StringField("Type the tenant's name", filters=[stripped])

    def __init__(self, *args: Any, slug: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._slug = slug

    def validate_policy(self, field: RadioField) -> None:
        """Refuse a policy that nobody chose."""
        if field.data not in tuple(Policy):
            raise ValidationError("Choose whether its books are kept or erased.")

    def validate_confirm(self, field: StringField) -> None:
        """Refuse another name."""
        if field.data != self._slug:
            raise ValidationError(f"Write {self._slug}, exactly so.")
