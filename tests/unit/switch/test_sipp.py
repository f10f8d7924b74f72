"""The sipp wrapper: what it starts, what it writes, how it reads a trace."""

from __future__ import annotations

import socket
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from cellhub.switch.sipp import (
    CallOutcome,
    FarCall,
    Phone,
    SippError,
    calls,
    far_end,
    program,
    scenario,
    trace,
)
from cellhub.switch.sipp.phone import SILENT_SECONDS, media
from cellhub.switch.sipp.program import Workspace

ANSWERED = """\
2026-11-24\t04:27:08.9\t100.000000\tS\tone\tCSeq:1 INVITE\tINVITE sip:905@127.0.0.1:5060 SIP/2.0
2026-11-24\t04:27:08.9\t100.001000\tR\tone\tCSeq:1 INVITE\tSIP/2.0 401 Unauthorized
2026-11-24\t04:27:08.9\t100.002000\tS\tone\tCSeq:2 INVITE\tINVITE sip:905@127.0.0.1:5060 SIP/2.0
2026-11-24\t04:27:08.9\t100.502000\tS\tone\tCSeq:2 INVITE\tINVITE sip:905@127.0.0.1:5060 SIP/2.0
2026-11-24\t04:27:08.9\t100.702000\tR\tone\tCSeq:2 INVITE\tSIP/2.0 180 Ringing
2026-11-24\t04:27:08.9\t101.000000\tR\tone\tCSeq:2 INVITE\tSIP/2.0 200 OK
2026-11-24\t04:27:08.9\t104.500000\tS\tone\tCSeq:3 BYE\tBYE sip:905@127.0.0.1:5060 SIP/2.0
"""
FAR = """\
2026-11-24\t04:27:08.9\t10.0\tR\tready\tCSeq:1 OPTIONS\tOPTIONS sip:127.0.0.1:5080 SIP/2.0
2026-11-24\t04:27:08.9\t10.1\tS\tready\tCSeq:1 OPTIONS\tSIP/2.0 200 OK
2026-11-24\t04:27:08.9\t12.0\tR\ttwo\tCSeq:7 INVITE\tINVITE sip:906@127.0.0.1:5080 SIP/2.0
2026-11-24\t04:27:08.9\t13.0\tR\ttwo\tCSeq:7 CANCEL\tCANCEL sip:906@127.0.0.1:5080 SIP/2.0
2026-11-24\t04:27:08.9\t11.0\tR\tone\tCSeq:5 INVITE\tINVITE sip:905@127.0.0.1:5080 SIP/2.0
2026-11-24\t04:27:08.9\t11.2\tS\tone\tCSeq:5 INVITE\tSIP/2.0 200 OK
2026-11-24\t04:27:08.9\t14.7\tR\tone\tCSeq:6 BYE\tBYE sip:905@127.0.0.1:5080 SIP/2.0
"""


def test_the_caller_sees_the_last_code_its_ring_and_its_talk():
    assert trace.outcome(trace.messages(ANSWERED)) == CallOutcome(code=200, ring_ms=700, talk_seconds=3.5)


def test_a_refusal_has_a_code_and_no_talk():
    refused = (
        "".join(ANSWERED.splitlines(keepends=True)[:3])
        + ANSWERED.splitlines()[1]
        .replace("CSeq:1", "CSeq:2")
        .replace("401 Unauthorized", "402 Payment Required")
        + "\n"
    )
    assert trace.outcome(trace.messages(refused)) == CallOutcome(code=402, ring_ms=None, talk_seconds=None)


def test_a_call_that_was_never_answered_has_no_code_for_all_its_challenge():
    silent = "".join(ANSWERED.splitlines(keepends=True)[:4])
    assert trace.outcome(trace.messages(silent)) == CallOutcome(code=None, ring_ms=None, talk_seconds=None)


def test_a_line_that_is_still_being_written_is_left_out():
    assert len(trace.messages(ANSWERED + "2026-11-24\t04:27")) == len(trace.messages(ANSWERED))


def test_the_far_end_counts_calls_in_order_and_no_keep_alives():
    assert trace.far_calls(trace.messages(FAR), {"one": "442"}) == [
        FarCall(number="905", caller="442", answered=True, cancelled=False, talk_seconds=3.5),
        FarCall(number="906", caller="", answered=False, cancelled=True, talk_seconds=None),
    ]


def test_the_arguments_hold_no_secret_and_name_every_file(tmp_path, monkeypatch):
    monkeypatch.setattr(program.shutil, "which", lambda name: f"/usr/bin/{name}")
    workspace = Workspace(tmp_path)
    assert program.arguments(workspace, "127.0.0.1", 6001, 6002) == [
        *("/usr/bin/sipp", "-sf", f"{tmp_path}/scenario.xml", "-i", "127.0.0.1", "-p", "6001", "-mp", "6002"),
        *("-nostdin", "-aa", "-trace_shortmsg", "-shortmessage_file", f"{tmp_path}/messages.log"),
        *(
            "-trace_err",
            "-error_file",
            f"{tmp_path}/errors.log",
            "-trace_logs",
            "-log_file",
            f"{tmp_path}/notes.log",
        ),
    ]


def test_a_missing_sipp_is_told_with_its_package(tmp_path, monkeypatch):
    monkeypatch.setattr(program.shutil, "which", lambda name: None)
    with pytest.raises(SippError, match="sipp is not installed: apt-get install sip-tester"):
        program.arguments(Workspace(tmp_path), "127.0.0.1", 1, 2)


def test_secrets_lie_in_a_file_that_only_the_owner_reads(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.write("<scenario/>", [["u1", "[authentication username=u1 password=s]", "905"]])
    assert workspace.fields.stat().st_mode & 0o777 == 0o600
    assert workspace.fields.read_text() == "SEQUENTIAL\nu1;[authentication username=u1 password=s];905\n"


def test_the_far_end_notes_who_called(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.notes.write_text("a@127.0.0.1 sip:442@\nb@127.0.0.1 sip:+90@\nc@127.0.0.1 \n")
    assert workspace.callers() == {"a@127.0.0.1": "442", "b@127.0.0.1": "+90"}


def test_a_phone_hides_its_secret():
    assert "hush" not in repr(Phone("u1", "hush"))


@pytest.mark.parametrize("number", ["", "12;34", "1 2", "12\r\nVia: x", "a@b", "1" * 201])
def test_a_number_that_would_change_the_message_is_refused(number):
    with pytest.raises(SippError, match=r"^number: .* cannot be dialled"):
        calls(Phone("u1", "s"), number, 1)


@pytest.mark.parametrize("answer", ["", "183", "700", "yes", "2000"])
def test_a_far_end_that_nobody_can_play_is_refused(answer):
    with (
        pytest.raises(SippError, match=r"^answer: must be 200, a SIP code of 300 to 699"),
        far_end(5999, answer),
    ):
        pass


@pytest.mark.parametrize("secret", [True, False])
@pytest.mark.parametrize("cancel_ms", [None, 500])
def test_a_call_is_one_well_formed_scenario(secret, cancel_ms):
    text = scenario.call(digest=secret, talk_ms=1500, cancel_ms=cancel_ms, media="")
    sent = [send.text.strip().split()[0] for send in ET.fromstring(text).iter("send")]
    assert sent.count("INVITE") == (2 if secret else 1)
    assert sent.count("CANCEL") == (0 if cancel_ms is None else 1)


@pytest.mark.parametrize(
    ("answer", "statuses"),
    [
        ("200", ["180 Ringing", "200 OK"]),
        ("486", ["180 Ringing", "486 Refused"]),
        ("ring", ["180 Ringing"]),
        ("silence", []),
    ],
)
def test_a_far_end_sends_the_answer_it_was_given(answer, statuses):
    sends = ET.fromstring(scenario.far_end(answer, ring_ms=200)).iter("send")
    said = [send.text.strip().splitlines()[0].removeprefix("SIP/2.0 ") for send in sends]
    closing = {"200 OK", "487 Request Terminated"}  # to CANCEL, BYE and OPTIONS
    assert [status for status in said if status not in closing] == [s for s in statuses if s not in closing]


def test_a_long_call_plays_silence_and_a_short_one_nothing(tmp_path: Path):
    assert media(tmp_path, SILENT_SECONDS) == ""
    assert Path(media(tmp_path, SILENT_SECONDS + 1)).read_bytes() == b"\xd5" * 8000


def test_audio_and_video_get_ports_that_are_all_free():
    taken = program.free_media_port("127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour:
        neighbour.bind(("127.0.0.1", taken + 2))
        found = {program.free_media_port("127.0.0.1") for _ in range(600)}
    assert taken not in found
    assert all(port % 4 == 0 for port in found)


def test_runs_that_begin_at_once_get_ports_of_their_own():
    assert len({program.free_media_port("127.0.0.1") for _ in range(100)}) == 100


def test_without_a_free_port_the_phone_says_so(monkeypatch):
    monkeypatch.setattr(program, "_is_free", lambda *_: False)
    with pytest.raises(SippError, match="all UDP ports from 30000 to 32000 are in use"):
        program.free_media_port("127.0.0.1")
