"""The shared files on their way to one pod's Asterisk, as Kubernetes changes them: by a turned link."""

from __future__ import annotations

import pytest
from cellhub_agi.podfiles import PodFiles

from cellhub.domain.failover import failover_pattern
from cellhub.switch.render import Odbc, SwitchConfig, Trunk, render
from cellhub.switch.render.pods import EVERY_POD

POD = "north-switch-2"


class Volume:
    """A projected volume: files behind links, a folder for each version, and a link to the current one."""

    def __init__(self, folder):
        self.folder = folder
        self.versions = 0
        folder.mkdir()

    def bring(self, files):
        """Change all files at once, as the kubelet does."""
        self.versions += 1
        version = self.folder / f"..version-{self.versions}"
        version.mkdir()
        for name, text in files.items():
            (version / name).write_text(text)
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(f"..data/{name}")
        turned = self.folder / "..data_tmp"
        turned.symlink_to(version.name)
        turned.rename(self.folder / "..data")


@pytest.fixture
def volume(tmp_path):
    return Volume(tmp_path / "common")


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def rendered(*names):
    trunks = tuple(Trunk(name, "10.0.0.9", username="u", secret="s3cret", register=True) for name in names)
    odbc = Odbc("database", 5432, "cellhub", "cellhub_switch_north", "odbc-secret")
    return render(
        SwitchConfig(
            pod=EVERY_POD,
            odbc=odbc,
            ami_secret="ami-secret-of-16",
            failover_pattern=failover_pattern(),
            trunks=trunks,
        )
    )


def test_all_files_are_written_with_what_is_the_pods_own(volume, own):
    files = rendered("halyard")
    volume.bring(files)
    one = PodFiles(volume.folder, own, POD, lambda: False)
    assert one.stale()
    assert one.write() == set(files)
    assert not one.stale()
    assert "\nsystemname = pod-2\n" in (own / "asterisk.conf").read_text()
    assert sorted(path.name for path in own.iterdir()) == sorted(files)


def test_a_turned_link_is_noticed_and_only_what_differs_is_written(volume, own):
    volume.bring(rendered("halyard"))
    one = PodFiles(volume.folder, own, POD, lambda: True)
    one.write()
    volume.bring(rendered("halyard", "spinnaker"))
    assert one.stale()
    assert one.write() == {"pjsip.conf", "pjsip_registrations.conf"}
    assert one.write() == set()


def test_who_registers_decides_on_one_file(volume, own):
    registers = [False]
    volume.bring(rendered("halyard"))
    one = PodFiles(volume.folder, own, POD, lambda: registers[0])
    one.write()
    assert "registration" not in (own / "pjsip_registrations.conf").read_text()
    registers[0] = True
    assert one.stale()
    assert one.write() == {"pjsip_registrations.conf"}
    assert "[trunk-halyard]\ntype = registration" in (own / "pjsip_registrations.conf").read_text()


def test_a_plain_folder_does_too(tmp_path, own):
    common = tmp_path / "plain"
    common.mkdir()
    for name, text in rendered("halyard").items():
        (common / name).write_text(text)
    one = PodFiles(common, own, POD, lambda: False)
    one.write()
    assert not one.stale()
    (common / "rtp.conf").write_text("; another\n")
    assert one.stale()
    assert one.write() == {"rtp.conf"}


def test_files_that_are_not_there_are_an_error_and_leave_the_old_ones(volume, own):
    volume.bring(rendered("halyard"))
    one = PodFiles(volume.folder, own, POD, lambda: False)
    one.write()
    (volume.folder / "..data").unlink()
    (volume.folder / "asterisk.conf").unlink()
    with pytest.raises((OSError, KeyError)):
        one.write()
    assert (own / "asterisk.conf").exists()
