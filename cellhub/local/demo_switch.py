"""What the demo tenant calls with: trunks, a rate deck, a plan and SIP users."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.db.tenancy import Account
from cellhub.domain.money import Rounding
from cellhub.domain.rating import BlockRule
from cellhub.local.database import HOST
from cellhub.local.installation import Installation
from cellhub.local.secrets import SecretStore
from cellhub.rates.models import Plan
from cellhub.rates.services import decks
from cellhub.rates.services.plans import open_plan
from cellhub.rates.services.tariffs import add_rate
from cellhub.routes.services import open_trunk
from cellhub.sip.services import create_sip_user

FAR_END = "demo-far-end"
BACKUP = "demo-backup"
SIP_USER = "harbour-1"
BAKERY_SIP_USER = "bakery-1"
CALLER_NUMBERS = {SIP_USER: "902125550100", BAKERY_SIP_USER: "902125550110"}
INITIAL_BLOCK, BILLING_BLOCK = 30, 6

TRUNK = {
    "provider": "Demo",
    "host": HOST,
    "username": "",
    "register": False,
    "codecs": "alaw,ulaw",
    "max_channels": 0,
    "calls_per_second": 0,
    "strip_prefix": "",
    "add_prefix": "",
    "caller_id": "",
    "ring_seconds": 60,
    "active": True,
}
DECK = {
    "name": "Retail",
    "block_rule": BlockRule.AFTER_INITIAL,
    "rounding": Rounding.HALF_UP,
    "decimals": 6,
}
# prefix, destination, price a minute, price of the connection
RATES = (
    ("1", "USA and Canada", "0.012", "0"),
    ("44", "United Kingdom", "0.015", "0"),
    ("49", "Germany", "0.018", "0"),
    ("9", "Asia", "0.19", "0"),
    ("90", "Turkey", "0.045", "0"),
    ("905", "Turkey Mobile", "0.12", "0.005"),
)


def open_trunks(session: Session, actor: Actor, installation: Installation) -> None:
    """Add the demo's far end, and a second trunk to the port above it for when the first refuses."""
    for rank, name in enumerate((FAR_END, BACKUP)):
        terms = TRUNK | {"port": installation.settings.far_end_port + rank, "priority": 10 * (rank + 1)}
        key_file = installation.secrets.key_file("secret-key")
        open_trunk(session, actor, name=name, terms=terms, password="", key_file=key_file)


def open_rates(session: Session, actor: Actor) -> Plan:
    """Add the deck that prices every call, and the plan that customers pay by."""
    deck = decks.open_deck(session, actor, DECK)
    decks.make_default(session, actor, deck)
    for prefix, destination, price, connection in RATES:
        terms = {
            "deck_id": deck.id,
            "prefix": prefix,
            "destination": destination,
            "rate": Decimal(price),
            "connect_charge": Decimal(connection),
            "initial_block": INITIAL_BLOCK,
            "billing_block": BILLING_BLOCK,
            "trunk_id": None,
        }
        add_rate(session, actor, terms)
    return open_plan(session, actor, "Standard", [deck.id])


def open_sip_users(
    session: Session, actor: Actor, secrets: SecretStore, client: Account, bakery: Account
) -> None:
    """Add a phone for each client."""
    for username, account in ((SIP_USER, client), (BAKERY_SIP_USER, bakery)):
        caller = {"caller_id_name": account.name, "caller_id_number": CALLER_NUMBERS[username]}
        _, secret = create_sip_user(session, actor, account, username, caller)
        secrets.keep(f"sip-{username}", secret)


def sip_secret(secrets: SecretStore, username: str) -> str:
    """Return the SIP secret of a demo phone; the database keeps only its digests."""
    return (secrets.folder / f"sip-{username}").read_text().strip()
