"""pjsip.conf: transports, trunks in both authentication modes, peers known by their address."""

from __future__ import annotations

from cellhub.switch.render import Peer, Trunk, render


def section(text: str, name: str, kind: str) -> dict[str, str]:
    """Return the settings of the section of this name and type."""
    for block in text.split("\n[")[1:]:
        title, _, body = block.partition("]\n")
        lines = [line for line in body.splitlines() if line and not line.startswith(";")]
        settings = dict(line.split(" = ", 1) for line in lines)
        if title == name and settings.get("type") == kind:
            return settings
    raise AssertionError(f"no section {name} of type {kind}")


def pjsip(configured, **changes) -> str:
    return render(configured(**changes))["pjsip.conf"]


def registrations(configured, **changes) -> str:
    return render(configured(**changes))["pjsip_registrations.conf"]


def test_the_registrations_are_a_file_of_their_own_without_a_password(configured):
    trunk = Trunk("main", "10.0.0.9", username="acme", secret="s3cret!", register=True)
    assert "s3cret!" not in registrations(configured, trunks=(trunk,))
    assert "type = registration" not in pjsip(configured, trunks=(trunk,))
    assert "\n#include pjsip_registrations.conf\n" in pjsip(configured)


def test_a_trunk_by_address_neither_registers_nor_has_a_password(configured):
    text = pjsip(configured, trunks=(Trunk("main", "sip.example.net", 5080),))
    assert section(text, "trunk-main", "aor") == {
        "type": "aor",
        "contact": "sip:sip.example.net:5080",
        "qualify_frequency": "30",
    }
    assert section(text, "trunk-main", "identify") == {
        "type": "identify",
        "endpoint": "trunk-main",
        "match": "sip.example.net:5080",
    }
    assert "type = auth" not in text
    files = render(configured(trunks=(Trunk("main", "sip.example.net", 5080),)))
    assert "type = registration" not in "".join(files.values())


def test_a_trunk_may_be_known_by_its_address_only(configured):
    endpoint = section(pjsip(configured, trunks=(Trunk("main", "10.0.0.9"),)), "trunk-main", "endpoint")
    assert endpoint == {
        "type": "endpoint",
        "transport": "transport-udp",
        "context": "from-trunk",
        "identify_by": "ip",
        "aors": "trunk-main",
        "disallow": "all",
        "allow": "alaw,ulaw",
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "no",
        "dtmf_mode": "rfc4733",
        "rtp_timeout": "60",
        "rtp_timeout_hold": "600",
        "timers": "yes",
        "allow_transfer": "no",
        "allow_subscribe": "no",
        "trust_id_inbound": "no",
        "trust_id_outbound": "no",
    }


def test_a_trunk_with_a_password_answers_challenges_and_registers(configured):
    trunk = Trunk("main", "10.0.0.9", username="acme", secret="s3cret!", register=True, from_user="acme")
    text = pjsip(configured, trunks=(trunk,))
    assert section(text, "trunk-main", "auth") == {
        "type": "auth",
        "auth_type": "digest",
        "username": "acme",
        "password": "s3cret!",
    }
    registration = section(registrations(configured, trunks=(trunk,)), "trunk-main", "registration")
    assert registration["server_uri"] == "sip:10.0.0.9:5060"
    assert registration["client_uri"] == "sip:acme@10.0.0.9"
    # Asterisk drops a registration that names an endpoint without a line.
    assert (registration["line"], registration["endpoint"]) == ("yes", "trunk-main")
    assert section(text, "trunk-main", "endpoint")["outbound_auth"] == "trunk-main"
    assert section(text, "trunk-main", "endpoint")["from_user"] == "acme"


def test_a_tcp_trunk_escapes_the_sign_that_starts_a_comment(configured):
    text = pjsip(configured, trunks=(Trunk("main", "10.0.0.9", transport="tcp"),))
    assert section(text, "trunk-main", "aor")["contact"] == r"sip:10.0.0.9:5060\;transport=tcp"
    assert section(text, "trunk-main", "endpoint")["transport"] == "transport-tcp"


def test_a_peer_is_known_by_its_addresses(configured):
    text = pjsip(configured, peers=(Peer("pbx", ("10.0.0.7", "10.0.0.8")),))
    assert section(text, "peer-pbx", "identify") == {
        "type": "identify",
        "endpoint": "pbx",
        "match": "10.0.0.7,10.0.0.8",
    }


def test_sip_is_spoken_on_the_given_address_only(configured):
    text = pjsip(configured, sip_host="127.0.0.1", sip_port=5070)
    assert section(text, "transport-udp", "transport")["bind"] == "127.0.0.1:5070"
    assert section(text, "transport-tcp", "transport")["bind"] == "127.0.0.1:5070"


def test_behind_nat_the_outer_address_is_told_to_outsiders(configured):
    text = pjsip(configured, external_host="203.0.113.5", local_networks=("10.0.0.0/8",))
    transport = section(text, "transport-udp", "transport")
    assert transport["external_media_address"] == "203.0.113.5"
    assert transport["local_net"] == "10.0.0.0/8"


def test_a_dead_trunk_costs_sixty_four_times_t1(configured):
    system = section(pjsip(configured, timer_t1_ms=100), "system", "system")
    assert system == {"type": "system", "timer_t1": "100", "timer_b": "6400"}


def test_each_name_is_looked_up_once_and_addresses_come_first(configured):
    settings = section(pjsip(configured), "global", "global")
    assert settings["disable_multi_domain"] == "yes"
    assert settings["endpoint_identifier_order"] == "ip,username"
    assert settings["default_realm"] == "cellhub"
