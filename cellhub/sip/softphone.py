"""What a person types into a softphone, or scans."""

from __future__ import annotations

import io
from dataclasses import dataclass
from urllib.parse import quote

import segno
from markupsafe import Markup

from cellhub.db.tenancy import Tenant
from cellhub.environment import Settings
from cellhub.sip.models import SipUser


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """Settings by hand."""

    domain: str
    port: int
    transport: str
    username: str

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Label, value, look."""
        return [
            ("Domain", self.domain, "mono"),
            ("Port", str(self.port), "mono"),
            ("Transport", self.transport),
            ("User", self.username, "mono"),
        ]


def settings_of(sip_user: SipUser, tenant: Tenant, settings: Settings) -> PhoneSettings:
    """Where and as whom the phone of ``sip_user`` signs in."""
    return PhoneSettings(
        tenant.sip_domain or settings.sip_host, settings.sip_port, "UDP or TCP", sip_user.username
    )


def qr_code(phone: PhoneSettings, secret: str) -> Markup:
    """Draw a SIP URI with the secret in it; never stored, so it is shown with the secret and gone with it."""
    uri = f"sip:{quote(phone.username)}:{quote(secret)}@{phone.domain}:{phone.port};transport=udp"
    drawing = io.BytesIO()
    segno.make(uri, error="m").save(
        drawing,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        border=1,
        lineclass=None,
        svgclass=None,
    )
    return Markup(drawing.getvalue().decode())  # noqa: S704 - segno draws it of squares only
