"""Writing rendered files: whole or not at all, and what to reload."""

from __future__ import annotations

import pytest

from cellhub.switch.render import Trunk, endpoints, modules_to_reload, render, write


def test_only_what_differs_is_written(tmp_path):
    assert write({"a.conf": "1", "b.conf": "2"}, tmp_path) == {"a.conf", "b.conf"}
    untouched = (tmp_path / "a.conf").stat().st_mtime_ns
    assert write({"a.conf": "1", "b.conf": "3"}, tmp_path) == {"b.conf"}
    assert (tmp_path / "a.conf").stat().st_mtime_ns == untouched
    assert (tmp_path / "b.conf").read_text() == "3"


def test_files_are_closed_to_others_and_leave_no_parts(tmp_path):
    write({"a.conf": "1"}, tmp_path)
    assert (tmp_path / "a.conf").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a.conf"]


def test_a_failed_write_keeps_the_old_file_and_no_part(tmp_path):
    write({"a.conf": "old"}, tmp_path)
    with pytest.raises(UnicodeEncodeError):
        write({"a.conf": "\udcff"}, tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.conf", "old")]


def test_each_changed_file_names_the_module_that_reads_it():
    changed = {"extensions.conf", "rtp.conf", "pjsip.conf", "pjsip_registrations.conf"}
    assert modules_to_reload(changed) == ["pbx_config.so", "res_pjsip.so", "res_rtp_asterisk.so"]


def test_a_file_that_only_a_restart_reads_reloads_nothing():
    assert modules_to_reload({"modules.conf", "asterisk.conf"}) == []


def test_the_endpoints_of_what_was_written_are_its_trunks(tmp_path, configured):
    assert endpoints(tmp_path) == set()
    trunks = [Trunk(name, "198.51.100.1") for name in ("north", "second")]
    write(render(configured(trunks=trunks)), tmp_path)
    assert endpoints(tmp_path) == {"trunk-north", "trunk-second"}
