"""The other files, and what the renderer refuses."""

from __future__ import annotations

import re

import pytest

from cellhub.switch.digest import md5_ha1, sha256_ha1
from cellhub.switch.render import ConfigError, Odbc, Peer, Trunk, render
from cellhub.switch.render.templating import _refuse_syntax

FORBIDDEN_MODULES = (
    *("res_pjsip_refer", "res_pjsip_endpoint_identifier_anonymous", "app_system", "func_shell"),
    *("chan_iax2", "chan_sip", "pbx_spool", "res_ari", "res_http_websocket", "app_transfer", "app_chanspy"),
)


def settings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith(";")]


def test_every_file_says_who_wrote_it(configured):
    files = render(configured())
    assert all(text.lstrip().startswith("; Written by CellHub.") for text in files.values())
    assert sorted(files) == [
        *(
            "acl.conf",
            "asterisk.conf",
            "ccss.conf",
            "cdr.conf",
            "cel.conf",
            "extconfig.conf",
            "extensions.conf",
        ),
        *("features.conf", "indications.conf", "logger.conf", "manager.conf", "modules.conf", "odbc.ini"),
        *(
            "odbcinst.ini",
            "pgbouncer.ini",
            "pjproject.conf",
            "pjsip.conf",
            "pjsip_registrations.conf",
            "res_odbc.conf",
        ),
        *("rtp.conf", "sorcery.conf", "stasis.conf", "udptl.conf"),
    ]


def test_modules_are_listed_and_none_loads_by_itself(configured):
    lines = settings(render(configured())["modules.conf"])
    assert lines[:2] == ["[modules]", "autoload = no"]
    assert all(re.fullmatch(r"(pre)?load = \w+\.so", line) for line in lines[2:])
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("module", FORBIDDEN_MODULES)
def test_a_module_that_lets_calls_escape_is_not_loaded(configured, module):
    assert not any(module in line for line in settings(render(configured())["modules.conf"]))


def test_ami_listens_on_loopback_reads_no_events_and_may_do_little(configured):
    assert settings(render(configured(ami_port=5099))["manager.conf"]) == [
        "[general]",
        "enabled = yes",
        "webenabled = no",
        "bindaddr = 127.0.0.1",
        "port = 5099",
        "displayconnects = no",
        "channelvars = CELL_CALL",
        "[cellhub]",
        "secret = ami-secret-of-16",
        "deny = 0.0.0.0/0.0.0.0",
        "permit = 127.0.0.1/255.255.255.255",
        "read =",
        "write = system,call,reporting",
    ]


def test_the_database_is_asked_as_the_switch_and_never_for_long(configured):
    files = render(
        configured(odbc=Odbc("10.0.0.2", 5432, "cellhub", "cellhub_switch", "it's"), sip_host="10.0.0.3")
    )
    assert settings(files["odbc.ini"]) == [
        "[cellhub]",
        "Driver = PostgreSQL Unicode",
        "Servername = /run/asterisk",
        "Port = 6432",
        "Database = cellhub",
        "Username = cellhub_switch",
        "ReadOnly = No",
        "ConnSettings = select set_config('statement_timeout','2000',false), "
        "set_config('cellhub.media_address','10.0.0.3',false)",
    ]
    assert {"username = cellhub_switch", "max_connections = 4"} <= set(settings(files["res_odbc.conf"]))
    assert {
        "cellhub = host=10.0.0.2 port=5432 dbname=cellhub user=cellhub_switch password='it''s'",
        "listen_addr =",
        "unix_socket_mode = 0700",
        "default_pool_size = 4",
        "query_timeout = 0.5",
        "query_wait_timeout = 0.5",
    } <= set(settings(files["pgbouncer.ini"]))


def test_the_password_of_the_database_is_in_the_poolers_file_alone(configured):
    files = render(configured())
    assert [name for name, text in files.items() if "odbc-secret" in text] == ["pgbouncer.ini"]


def test_a_switch_on_every_address_leaves_media_to_asterisk(configured):
    assert (
        "set_config('cellhub.media_address','',false)" in render(configured(sip_host="0.0.0.0"))["odbc.ini"]
    )


def test_sip_users_come_from_the_database_by_way_of_a_cache(configured):
    lines = settings(render(configured())["sorcery.conf"])
    cache = "memory_cache,object_lifetime_stale=600,object_lifetime_maximum=1200,maximum_objects=20000"
    assert lines == [
        "[res_pjsip]",
        *("endpoint = config,pjsip.conf,criteria=type=endpoint", f"endpoint/cache = {cache}"),
        *(
            "endpoint = realtime,ps_endpoints",
            "auth = config,pjsip.conf,criteria=type=auth",
            f"auth/cache = {cache}",
        ),
        *("auth = realtime,ps_auths", "aor = config,pjsip.conf,criteria=type=aor", f"aor/cache = {cache}"),
        *("aor = realtime,ps_aors", "contact = realtime,ps_contacts"),
    ]


def test_the_pod_names_every_channel(configured):
    assert "systemname = pod-7" in render(configured(pod="pod-7"))["asterisk.conf"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pod": "Pod 1"}, "pod: must be 1 to 41 small letters, digits or -, not 'Pod 1'"),
        ({"sip_port": 70000}, "sip_port: must be a port, 1 to 65535, not 70000"),
        (
            {"sip_host": "localhost"},
            "sip_host: must be an IPv4 address; 0.0.0.0 is every one, not 'localhost'",
        ),
        ({"rtp_last": 9000}, "rtp_last: must be above rtp_first, which is 10000"),
        ({"spool": "/var/spool\n"}, "spool: must be an absolute path of letters, digits, . _ - and /, not "),
        (
            {"failover_pattern": "5[0-9]{2}"},
            "failover_pattern: must be a pattern of SIP codes without brackets, such as",
        ),
        (
            {"trunks": (Trunk("a b", "h"),)},
            "trunks.0.name: must be 1 to 40 letters, digits, - or _, not 'a b'",
        ),
        (
            {"trunks": (Trunk("a", "h;x"),)},
            "trunks.0.host: must be a host name or an IPv4 address, not 'h;x'",
        ),
        ({"trunks": (Trunk("a", "h", codecs=("alaw", "mp3")),)}, "trunks.0.codecs.1: must be one of alaw, "),
        ({"trunks": (Trunk("a", "h", register=True),)}, "trunks.0.register: needs a username and a secret"),
        ({"trunks": (Trunk("a", "h"), Trunk("a", "i"))}, "trunks: 'a' is there twice"),
        ({"peers": (Peer("u", ("1.2.3.4", "x\r\ny")),)}, "peers.0.hosts.1: must be a host name"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(configured, changes, message):
    with pytest.raises(ConfigError) as error:
        configured(**changes)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("sign", ["\n", "\r", "\0", "\x1b", ";", "[", "]", "\u2028"])
def test_no_secret_may_hold_asterisks_syntax_and_none_is_shown(configured, sign):
    with pytest.raises(ConfigError) as error:
        configured(trunks=(Trunk("a", "h", username="u", secret=f"before{sign}after"),))
    assert str(error.value) == "trunks.0.secret: must be up to 200 visible ASCII characters without ; [ or ]"


def test_secrets_stay_out_of_the_representation(configured):
    config = configured(trunks=(Trunk("a", "h", secret="trunk-secret"),))
    assert not re.search("trunk-secret|ami-secret|odbc-secret", repr(config))


@pytest.mark.parametrize("value", ["a\nb", "a;b", "[x", "x]"])
def test_the_second_wall_refuses_what_no_shape_was_given_for(value):
    with pytest.raises(ConfigError, match="line break or one of"):
        _refuse_syntax(value)


def test_digests_are_those_of_the_realm():
    assert md5_ha1("u1", "secret1") == "e8acb9411d8e0365cc31da397caee97e"
    assert sha256_ha1("u1", "secret1") == "92a486425e44d5e3cd2d7c7ac047cab8c0de3647ace1e26c97217e9fc442680d"
