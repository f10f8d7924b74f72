"""The files that all pods of a tenant share, and what each makes of them."""

import pytest

from cellhub.switch.render import Trunk, render
from cellhub.switch.render.pods import EVERY_POD, for_pod, system_name

TRUNK = Trunk("main", "10.0.0.9", username="acme", secret="s3cret!", register=True)


@pytest.fixture
def files(configured):
    return render(configured(pod=EVERY_POD, trunks=(TRUNK,)))


def changed(files, **how):
    own = for_pod(files, "northern-telecom-switch-12", **how)
    return {name for name in files if files[name] != own[name]}


def test_the_pod_that_registers_differs_by_its_name_alone(files):
    assert changed(files, registers=True) == {"asterisk.conf"}


def test_the_others_register_nothing(files):
    assert changed(files, registers=False) == {"asterisk.conf", "pjsip_registrations.conf"}
    own = for_pod(files, "north-switch-0", registers=False)
    assert "registration" not in own["pjsip_registrations.conf"]


def test_a_pod_has_the_name_that_its_number_gives(files):
    own = for_pod(files, "northern-telecom-switch-12", registers=True)
    assert "\nsystemname = pod-12\n" in own["asterisk.conf"]
    assert EVERY_POD not in "".join(own.values())


def test_the_longest_name_fits_into_what_asterisk_keeps():
    assert len(system_name("a" * 40 + "-switch-49")) <= 19


def test_a_name_without_a_number_is_refused():
    with pytest.raises(ValueError, match="ends with no number"):
        system_name("north-switch")
