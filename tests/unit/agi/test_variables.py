"""The dialplan and the agent name the same things."""

from __future__ import annotations

import re

import pytest
from cellhub_agi import variables

from cellhub.switch.render import Odbc, SwitchConfig, render

# The manual's own word for other dialplans; ours goes by the verdict, which cannot be half sent.
FOR_OTHERS = {variables.BILLING_RESULT}
BY_ATTEMPT = "${CELL_ATTEMPT}"
SET_BY_THE_AGENT = [
    variables.SIP_CODE,
    variables.TRUNKS,
    variables.FAILOVER,
    variables.SLICE,
    variables.VERDICT,
    variables.PLACE,
    *(
        name.format(BY_ATTEMPT)
        for name in (variables.NUMBER, variables.CALLER_ID, variables.RING, variables.MOVE)
    ),
]


@pytest.fixture(scope="module")
def files():
    odbc = Odbc("127.0.0.1", 5432, "cellhub", "cellhub_switch", "odbc-secret")
    return render(
        SwitchConfig(pod="pod-1", odbc=odbc, ami_secret="ami-secret-of-16", failover_pattern="^5..$")
    )


@pytest.mark.parametrize("name", SET_BY_THE_AGENT)
def test_the_dialplan_reads_what_the_agent_sets(files, name):
    assert f"${{{name}}}" in files["extensions.conf"] or f"({name}," in files["extensions.conf"]


def test_the_dialplan_reads_nothing_of_the_agents_that_it_does_not_set(files):
    read = set(re.findall(r"\bCELLHUB_[A-Z_]+", files["extensions.conf"]))
    known = {name.removesuffix(BY_ATTEMPT) for name in SET_BY_THE_AGENT}
    assert read == {name for name in known if name.startswith("CELLHUB_")}


def test_the_call_id_is_on_every_channel_of_a_call_and_in_every_event(files):
    assert f"Set(__{variables.CALL}=" in files["extensions.conf"]  # inherited without end
    assert f"channelvars = {variables.CALL}" in files["manager.conf"]


def test_the_verdict_repeats_the_call_id_that_the_dialplan_minted(files):
    assert f'"${{{variables.VERDICT}}}" != "ok ${{{variables.CALL}}}"' in files["extensions.conf"]


def test_every_name_but_the_manuals_is_of_the_contract():
    named = {
        value for name, value in vars(variables).items() if name.isupper() and not value.startswith("agi_")
    }
    set_or_carried = {name.replace(BY_ATTEMPT, "{}") for name in SET_BY_THE_AGENT} | {variables.CALL}
    assert named == set_or_carried | FOR_OTHERS
