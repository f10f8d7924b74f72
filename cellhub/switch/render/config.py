"""The values from which a softswitch is configured."""

from __future__ import annotations

from dataclasses import dataclass, field

from cellhub.switch.render.shapes import (
    Address,
    Codec,
    Codes,
    ConfigError,
    Count,
    Folder,
    Fraction,
    Host,
    Identifier,
    Key,
    Name,
    Network,
    OptionalHost,
    Pod,
    Port,
    Seconds,
    Secret,
    SipUser,
    Transport,
    check,
)


@dataclass(frozen=True, slots=True)
class Trunk:
    """A provider; the dialplan knows it as ``trunk-NAME``."""

    name: Name
    host: Host
    port: Port = 5060
    transport: Transport = "udp"
    username: SipUser = ""
    secret: Secret = field(default="", repr=False)
    register: bool = False
    codecs: tuple[Codec, ...] = ("alaw", "ulaw")
    # For providers that read the account from From; the caller's number then travels in P-Asserted-Identity.
    from_user: SipUser = ""
    qualify_seconds: Seconds = 30


@dataclass(frozen=True, slots=True)
class Peer:
    """A SIP user with a fixed host: known by its address, so it never registers."""

    username: Name
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class Odbc:
    """Where Asterisk reads SIP users and keeps contacts, by way of the pooler.

    They are few, since each of them can hang once before Asterisk hears that the database is gone.
    ``patience`` is after how many seconds a look-up is ended; the pooler looks three times a second.
    """

    host: Host
    port: Port
    database: Identifier
    username: Identifier
    secret: Secret = field(repr=False)
    connections: Count = 4
    patience: Fraction = "0.5"


@dataclass(frozen=True, slots=True)
class SwitchConfig:
    """One softswitch of one tenant.

    ``spool`` and ``logs`` are paths as Asterisk sees them. ``failover_pattern`` matches the SIP
    codes after which the next trunk is tried. ``grace_seconds`` is how far a deadline lies beyond
    the slice that was paid for, so that an extension is never late. A ``suspended`` one takes no new call.
    """

    pod: Pod
    odbc: Odbc
    ami_secret: Key = field(repr=False)
    failover_pattern: Codes
    trunks: tuple[Trunk, ...] = ()
    peers: tuple[Peer, ...] = ()
    suspended: bool = False

    sip_host: Address = "127.0.0.1"
    sip_port: Port = 5060
    external_host: OptionalHost = ""
    local_networks: tuple[Network, ...] = ()
    rtp_first: Port = 10000
    rtp_last: Port = 10999
    agi_port: Port = 4573
    ami_port: Port = 5038

    check_seconds: Count = 3
    grace_seconds: Count = 2
    rtp_timeout: Count = 60
    rtp_timeout_hold: Count = 600
    timer_t1_ms: Count = 100

    spool: Folder = "/var/spool/cellhub"
    logs: Folder = "/var/log/asterisk"

    def __post_init__(self) -> None:
        """Refuse what cannot be written, so that no half-good configuration exists."""
        check(self)
        _refuse_doubles("trunks", [trunk.name for trunk in self.trunks])
        _refuse_doubles("peers", [peer.username for peer in self.peers])
        if self.rtp_first >= self.rtp_last:
            raise ConfigError(f"rtp_last: must be above rtp_first, which is {self.rtp_first}")
        for index, trunk in enumerate(self.trunks):
            if trunk.register and not (trunk.username and trunk.secret):
                raise ConfigError(f"trunks.{index}.register: needs a username and a secret")


def _refuse_doubles(name: str, values: list[str]) -> None:
    double = next((value for value in values if values.count(value) > 1), None)
    if double is not None:
        raise ConfigError(f"{name}: {double!r} is there twice; each name must be its own")
