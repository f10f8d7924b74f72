"""Every variable that the chart sets is a setting of the process that gets it."""

import pytest
from cellhub_operator.settings import OperatorSettings

from cellhub.cli.tables import TablesSettings
from cellhub.environment import PREFIX, Settings
from cellhub.local.probe import ProbeSettings
from cellhub.local.served import ServedSettings
from tests.charts.matrix import MATRIX
from tests.fixtures.chart import render

READERS = {
    "migration": [TablesSettings],
    # `cellhub backup` and `cellhub restore` are run in its pod.
    "operator": [OperatorSettings, TablesSettings],
    "postgres": [ServedSettings],
    "pages": [ProbeSettings],
    "call": [ProbeSettings],
}
PROCESSES = {"portal", "live", "worker", "scheduler"}


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)
def test_a_variable_is_a_setting_of_its_reader(values):
    for name, container in render(values).containers():
        readers = READERS.get(container["name"], [Settings])
        known = {f"{PREFIX}{field.upper()}" for reader in readers for field in reader.model_fields}
        given = {variable["name"] for variable in container.get("env", [])}
        given = {name for name in given if name.startswith(PREFIX)}
        assert given <= known, name


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)
def test_a_process_gets_what_it_cannot_start_without(values):
    for name, container in render(values).containers():
        if container["name"] in PROCESSES:
            required = {
                f"{PREFIX}{field.upper()}"
                for field, about in Settings.model_fields.items()
                if about.is_required()
            }
            assert required <= {variable["name"] for variable in container["env"]}, name
