"""Where jobs wait."""

import threading

import dramatiq
import pytest
from dramatiq_postgres import generate_init_sql

from cellhub.db.roles import PORTAL
from cellhub.environment import Settings, SettingsError
from cellhub.workers.broker import make_broker

LIBRARY = "dramatiq_library"
SHAPE = """
    SELECT table_name, column_name, data_type, is_nullable, is_identity,
           replace(column_default, %s, 'dramatiq')
    FROM information_schema.columns WHERE table_schema = %s ORDER BY table_name, column_name
"""


def settings(database_url: str = "postgresql+psycopg2://nobody@127.0.0.1:1/none", **more) -> Settings:
    return Settings(database_url=database_url, secret_key_file="unused", **more)


@pytest.mark.parametrize("address", ["rabbit", "http://box", "postgresql://box/queue", ""])
def test_a_broker_of_an_unknown_kind_is_refused_without_its_password(address):
    wrong = settings(broker_url=address and f"{address}?password=hunter2")
    with pytest.raises(SettingsError, match="CELLHUB_BROKER_URL: start it with one of amqp://") as refusal:
        make_broker(wrong)
    assert "hunter2" not in str(refusal.value)


def test_a_broker_whose_client_is_missing_names_the_package(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dramatiq.brokers.redis", None)
    with pytest.raises(SettingsError, match=r"CELLHUB_BROKER_URL: install dramatiq\[redis\]"):
        make_broker(settings(broker_url="redis://127.0.0.1"))


def test_a_job_goes_through_the_database(own_database):
    broker = make_broker(settings(own_database.url(PORTAL.name)))
    broker.emit_after("process_boot")
    done = threading.Event()
    actor = dramatiq.actor(done.set, broker=broker, actor_name="finish")
    actor.send()
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=1)
    worker.start()
    assert done.wait(20)
    worker.stop()
    broker.close()


def test_no_tenants_scope_reads_the_queue(own_database, postgres):
    with postgres.superuser(own_database.name) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_schema_privilege('cellhub_app', 'dramatiq', 'usage'), "
            "has_table_privilege('cellhub_app', 'dramatiq.queue', 'select')"
        )
        assert cursor.fetchone() == (False, False)


def test_our_tables_are_those_that_the_library_makes(own_database, postgres):
    with postgres.superuser(own_database.name) as connection, connection.cursor() as cursor:
        cursor.execute(generate_init_sql(schema=LIBRARY))
        shapes = []
        for schema in (LIBRARY, "dramatiq"):
            cursor.execute(SHAPE, (LIBRARY, schema))
            shapes.append(cursor.fetchall())
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) > 10
