"""Every model, imported in one place for Alembic and for processes without Pyramid."""

from cellhub.accounts import models as accounts
from cellhub.calls import models as calls
from cellhub.db import tenancy
from cellhub.db.base import Base
from cellhub.money import models as money
from cellhub.rates import models as rates
from cellhub.routes import models as routes
from cellhub.security import models as security
from cellhub.sip import models as sip
from cellhub.telemetry import models as telemetry
from cellhub.updates import models as updates

__all__ = [
    "Base",
    "accounts",
    "calls",
    "money",
    "rates",
    "routes",
    "security",
    "sip",
    "telemetry",
    "tenancy",
    "updates",
]
