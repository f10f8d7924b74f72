"""What a softphone is told."""

from __future__ import annotations

from cellhub.db.tenancy import Tenant
from cellhub.environment import Settings
from cellhub.sip.models import SipUser
from cellhub.sip.softphone import PhoneSettings, qr_code, settings_of

SETTINGS = Settings(
    database_url="postgresql+psycopg2://x@127.0.0.1/x",
    secret_key_file="key",
    sip_host="192.0.2.1",
    sip_port=5070,
)


def test_the_tenants_domain_wins_over_the_address_of_the_softswitch():
    named = settings_of(SipUser(username="pera-104"), Tenant(sip_domain="sip.north.example"), SETTINGS)
    assert named == PhoneSettings("sip.north.example", 5070, "UDP or TCP", "pera-104")
    assert settings_of(SipUser(username="pera-104"), Tenant(sip_domain=""), SETTINGS).domain == "192.0.2.1"


def test_the_code_is_a_drawing_that_a_strict_page_may_hold():
    drawing = qr_code(PhoneSettings("sip.north.example", 5060, "UDP or TCP", "pera-104"), "abcde-fghij")
    assert drawing.startswith("<svg")
    assert "style=" not in drawing
    assert "<script" not in drawing
    assert "abcde" not in drawing
