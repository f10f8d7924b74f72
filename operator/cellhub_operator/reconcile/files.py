"""The files of a tenant's softswitches, by the one renderer."""

from __future__ import annotations

from cellhub.db.roles import switch_login
from cellhub.domain.failover import failover_pattern
from cellhub.switch.render import Odbc, SwitchConfig, render
from cellhub.switch.render.pods import EVERY_POD
from cellhub_operator.objects import ports
from cellhub_operator.objects.configuration import Keys
from cellhub_operator.objects.switch_pod import SPOOL
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.observed import TenantWorld
from cellhub_operator.reconcile.context import Database

ANY_ADDRESS = "0.0.0.0"  # noqa: S104  a pod's network is its own


def files_of(tenant: TenantSpec, world: TenantWorld, keys: Keys, database: Database) -> dict[str, str]:
    """Render what all pods of a tenant share.

    Raises:
        ConfigError: a value cannot be written; the text names it.
    """
    odbc = Odbc(
        host=database.host,
        port=database.port,
        database=database.name,
        username=switch_login(tenant.name).name,
        secret=keys.database_password,
    )
    config = SwitchConfig(
        pod=EVERY_POD,
        odbc=odbc,
        ami_secret=keys.ami_secret,
        failover_pattern=failover_pattern(),
        trunks=world.trunks,
        peers=world.peers,
        suspended=tenant.suspended,
        sip_host=ANY_ADDRESS,
        sip_port=ports.SIP,
        rtp_first=tenant.rtp_first,
        rtp_last=tenant.rtp_last,
        agi_port=ports.AGI,
        ami_port=ports.AMI,
        spool=SPOOL,
    )
    return render(config)
