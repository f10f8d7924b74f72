"""What the demo tenant calls with: trunks, a rate deck, a plan and SIP users."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, record
from cellhub.db.tenancy import Account
from cellhub.local.database import HOST
from cellhub.local.secrets import SecretStore
from cellhub.local.settings import LocalSettings
from cellhub.rates.models import Plan, PlanDeck, Rate, RateDeck
from cellhub.routes.models import Trunk
from cellhub.sip.services import create_sip_user

FAR_END = "demo-far-end"
BACKUP = "demo-backup"
SIP_USER = "harbour-1"
BAKERY_SIP_USER = "bakery-1"
INITIAL_BLOCK, BILLING_BLOCK = 30, 6

# prefix, destination, price a minute, price of the connection
RATES = (
    ("1", "USA and Canada", "0.012", "0"),
    ("44", "United Kingdom", "0.015", "0"),
    ("49", "Germany", "0.018", "0"),
    ("9", "Asia", "0.19", "0"),
    ("90", "Turkey", "0.045", "0"),
    ("905", "Turkey Mobile", "0.12", "0.005"),
)


def open_trunks(session: Session, actor: Actor, settings: LocalSettings) -> None:
    """Add the demo's far end, and a second trunk to the port above it for when the first refuses."""
    for rank, name in enumerate((FAR_END, BACKUP)):
        port = settings.far_end_port + rank
        trunk = Trunk(
            tenant_id=actor.tenant_id,
            name=name,
            provider="Demo",
            host=HOST,
            port=port,
            priority=10 * (rank + 1),
        )
        session.add(trunk)
        session.flush()
        record(session, actor, "create", trunk, name=name, account_id=None)


def open_rates(session: Session, actor: Actor) -> Plan:
    """Add the deck that prices every call, and the plan that customers pay by."""
    deck = RateDeck(tenant_id=actor.tenant_id, name="Retail", is_default=True)
    plan = Plan(tenant_id=actor.tenant_id, name="Standard")
    session.add_all([deck, plan])
    session.flush()
    session.add(PlanDeck(tenant_id=actor.tenant_id, plan_id=plan.id, deck_id=deck.id, position=1))
    session.add_all(
        Rate(
            tenant_id=actor.tenant_id,
            deck_id=deck.id,
            prefix=prefix,
            destination=destination,
            rate=Decimal(price),
            connect_charge=Decimal(connection),
            initial_block=INITIAL_BLOCK,
            billing_block=BILLING_BLOCK,
        )
        for prefix, destination, price, connection in RATES
    )
    for row in (deck, plan):
        record(session, actor, "create", row, name=row.name, account_id=None)
    return plan


def open_sip_users(
    session: Session, actor: Actor, secrets: SecretStore, client: Account, bakery: Account
) -> None:
    """Add a phone for each client."""
    for username, account in ((SIP_USER, client), (BAKERY_SIP_USER, bakery)):
        _, secret = create_sip_user(session, actor, account, username, {"caller_id_name": account.name})
        secrets.keep(f"sip-{username}", secret)


def sip_secret(secrets: SecretStore, username: str) -> str:
    """Return the SIP secret of a demo phone; the database keeps only its digests."""
    return (secrets.folder / f"sip-{username}").read_text().strip()
