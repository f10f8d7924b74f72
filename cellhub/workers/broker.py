"""Where jobs wait: in the database itself, or in the broker that is set."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dramatiq.broker import Broker
from dramatiq.middleware import Middleware, default_middleware
from dramatiq_postgres import PostgresBroker
from periodiq import PeriodiqMiddleware
from sqlalchemy.engine import make_url

from cellhub.db.scope import DatabaseRole
from cellhub.environment import Settings, SettingsError

CONNECT_SECONDS = "3"

RABBITMQ = ("dramatiq.brokers.rabbitmq", "RabbitmqBroker", "dramatiq[rabbitmq]")
REDIS = ("dramatiq.brokers.redis", "RedisBroker", "dramatiq[redis]")
SERVERS = {"amqp": RABBITMQ, "amqps": RABBITMQ, "redis": REDIS, "rediss": REDIS}
"""Per scheme of the address: module, class and package of the client."""


def make_broker(settings: Settings) -> Broker:
    """Connect to the broker of ``settings``; the database serves where none is set.

    Raises:
        SettingsError: the address is of an unknown kind, or its client is not installed.
    """
    if settings.broker_url is None:
        return _in_database(settings.database_url.get_secret_value())
    address = settings.broker_url.get_secret_value()
    scheme = address.partition("://")[0]
    if scheme not in SERVERS:
        known = ", ".join(f"{scheme}://" for scheme in SERVERS)
        raise SettingsError(f"CELLHUB_BROKER_URL: start it with one of {known}.")
    module, name, package = SERVERS[scheme]
    broker: Broker = _client(module, name, package)(url=address, middleware=middleware())
    return broker


def middleware() -> list[Middleware]:
    """Dramatiq's own, and periodiq's, without which a ``periodic`` actor is refused."""
    return [*(each() for each in default_middleware), PeriodiqMiddleware()]


def _in_database(database_url: str) -> Broker:
    """The queue's rights belong to the platform's role, which the connection takes at its start."""
    address = make_url(database_url)
    connection = {
        "host": address.host,
        "port": address.port,
        "dbname": address.database,
        "user": address.username,
        "password": address.password,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "cellhub-jobs",
        "options": f"-c role={DatabaseRole.PLATFORM} -c timezone=UTC",
    }
    given = {name: value for name, value in connection.items() if value is not None}
    broker: Broker = PostgresBroker(url=given, results=False, middleware=middleware())
    return broker


def _client(module: str, name: str, package: str) -> Callable[..., Broker]:
    try:
        client: Callable[..., Broker] = getattr(import_module(module), name)
    except ImportError as error:
        raise SettingsError(f"CELLHUB_BROKER_URL: install {package} for this broker ({error}).") from error
    return client
