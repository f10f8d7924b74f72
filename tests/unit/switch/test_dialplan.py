"""The dialplan: who may dial what, and that nothing is dialled without the agent's word."""

from __future__ import annotations

import re

import pytest

from cellhub.switch.render import render


@pytest.fixture
def dialplan(configured) -> str:
    return render(configured(agi_port=4573))["extensions.conf"]


def context(dialplan: str, name: str) -> str:
    """Return the lines of one context, without comments."""
    body = dialplan.split(f"[{name}]\n", 1)[1].split("\n[", 1)[0]
    return "\n".join(line for line in body.splitlines() if line and not line.startswith(";"))


def patterns(dialplan: str) -> list[str]:
    return re.findall(r"^exten => _([^,]+),1,", context(dialplan, "client"), re.MULTILINE)


def matches(pattern: str, number: str) -> bool:
    """Match as Asterisk does for the two signs that the client patterns use."""
    return re.fullmatch(re.escape(pattern).replace("X", "[0-9]"), number) is not None


@pytest.mark.parametrize("number", ["12", "905551234567", "+905551234567", "1" * 20, "+" + "1" * 20])
def test_a_client_may_dial_two_to_twenty_digits(dialplan, number):
    assert sum(matches(pattern, number) for pattern in patterns(dialplan)) == 1


@pytest.mark.parametrize(
    "number",
    ["1", "+1", "1" * 21, "12&PJSIP/x", "12@trunk-b,9", "1a", "s", "h", "12\r\nEvent: X", "12#", "*12", ""],
)
def test_a_client_may_dial_nothing_else(dialplan, number):
    assert not any(matches(pattern, number) for pattern in patterns(dialplan))


def test_no_client_pattern_has_a_wildcard_of_any_length(dialplan):
    assert all(set(pattern) <= {"X", "+"} for pattern in patterns(dialplan))


def test_the_check_is_bounded_and_bears_the_call_id(dialplan):
    assert """\
 same => n,Set(AGIEXITONHANGUP=yes)
 same => n,Set(TIMEOUT(absolute)=3)
 same => n,AGI(agi://127.0.0.1:4573/check,${CELL_CALL},${EXTEN},${CHANNEL(endpoint)},${CELL_WISH},${CELL_DIVERTED})
 same => n,Set(TIMEOUT(absolute)=0)
 same => n,Set(CELL_CODE=${FILTER(0-9,${CELLHUB_SIP_CODE})})
 same => n,GotoIf($["${CELL_VERDICT}" != "ok ${CELL_CALL}"]?refuse)
""" in context(dialplan, "billing")


def test_each_attempt_has_both_deadlines_and_its_leg_handlers(dialplan):
    assert """\
 same => n,Set(TIMEOUT(absolute)=$[${CELL_RING} + ${CELL_SLICE}])
 same => n,Set(CELL_CODE=)
 same => n,HangupCauseClear()
 same => n,Set(CELL_STARTED=${STRFTIME(,UTC,%s.%6q)})
 same => n,Dial(PJSIP/${CELL_NUMBER}@trunk-${CELL_TRUNK},${CELL_RING},\
ib(legpre^s^1(${CELL_CALL}^${CELL_ATTEMPT}^${CELL_TRUNK}^${CHANNEL(name)}))U(legans^s^1)S(${CELL_SLICE}))
""" in context(dialplan, "billing")


def test_the_leg_deadline_lies_a_grace_beyond_the_slice(configured):
    dialplan = render(configured(grace_seconds=7))["extensions.conf"]
    assert "Set(CELL_SLICE=$[0${FILTER(0-9,${CELLHUB_SLICE})} + 7])" in dialplan


def test_a_place_on_a_capped_trunk_is_asked_for_within_bounds_and_believed_by_the_call_id(dialplan):
    assert """\
 same => n,GotoIf($[${LEN(${CELLHUB_MOVE_${CELL_ATTEMPT}})} = 0]?dial)
 same => n,Set(TIMEOUT(absolute)=3)
 same => n,AGI(agi://127.0.0.1:4573/move,${CELL_CALL},${CELL_TRUNK})
 same => n,Set(TIMEOUT(absolute)=0)
 same => n,GotoIf($["${CELL_PLACE}" != "${CELL_TRUNK} ${CELL_CALL}"]?trytrunk)
""" in context(dialplan, "billing")


def test_failover_goes_by_the_sip_code(dialplan):
    billing = context(dialplan, "billing")
    assert " same => n,Set(CELL_FAILOVER=^(401|403|407|408|5..)$)" in billing
    assert ' same => n,GotoIf(${REGEX("${CELL_FAILOVER}" ${CELL_CODE})}?trytrunk)' in billing


def test_a_groups_own_codes_stand_in_for_the_common_ones_and_hold_nothing_but_codes(dialplan):
    assert (
        " same => n,ExecIf($[${LEN(${CELLHUB_FAILOVER})} > 0]?"
        "Set(CELL_FAILOVER=^(${FILTER(0-9.|,${CELLHUB_FAILOVER})})$))"
    ) in context(dialplan, "billing")


def test_what_reaches_dial_is_filtered(dialplan):
    billing = context(dialplan, "billing")
    assert "Set(CELL_NUMBER=${FILTER(0-9+*#,${CELLHUB_NUMBER_${CELL_ATTEMPT}})})" in billing
    assert r"Set(CELL_TRUNK=${FILTER(0-9A-Za-z_\-,${CUT(" in billing


def test_dial_has_no_option_that_lets_a_call_escape_its_price(dialplan):
    (options,) = re.findall(r"\$\{CELL_RING\},(ib\(.*)\)$", dialplan, re.MULTILINE)
    while "(" in options:
        options = re.sub(r"\([^()]*\)", "", options)
    assert options == "ibUS"


def test_the_agent_hears_of_the_end_only_of_calls_it_let_through(dialplan):
    assert (
        """\
exten => h,1,ExecIf($["${CELL_VERDICT}" = "ok ${CELL_CALL}"]?AGI(agi://127.0.0.1:4573/hangup,\
${CELL_CALL},${DIALSTATUS},${HANGUPCAUSE},${CELL_CODE},${CELL_TRUNK},${ANSWEREDTIME_MS}))\
""".strip()
        in context(dialplan, "billing")
    )


def test_a_leg_writes_its_answer_and_its_end(dialplan):
    log = "FILE(/var/spool/cellhub/legs-${STRFTIME(,UTC,%Y%m%d%H)}.log,,,al,u)"
    assert context(dialplan, "legpre").splitlines() == [
        "exten => s,1,Set(CELL_LEG=${ARG1} ${ARG2} ${ARG3} ${ARG4} ${CHANNEL(name)})",
        " same => n,Set(CHANNEL(hangup_handler_push)=legend,s,1(${CELL_LEG},${STRFTIME(,UTC,%s.%6q)}))",
        " same => n,Return()",
    ]
    assert (
        f" same => n,Set({log}=A ${{CELL_LEG}} ${{LEG_ANSWERED}})" in context(dialplan, "legans").splitlines()
    )
    assert f"Set({log}=E ${{ARG1}} " in context(dialplan, "legend")


def test_an_answered_leg_notes_its_ring_while_the_callers_channel_is_there(dialplan):
    assert " same => n,Gosub(legrang,s,1)" in context(dialplan, "legans").splitlines()
    assert "GosubIf($[${LEN(${LEG_ANSWERED})} = 0]?legrang,s,1)" in context(dialplan, "legend")


def test_what_is_dialled_is_as_long_as_what_was_asked_for(dialplan):
    assert """\
 same => n,Set(CELL_ASKED=${CHANNEL(pjsip,request_uri)})
 same => n,Set(CELL_ASKED=${CUT(CELL_ASKED,@,1)})
 same => n,GotoIf($[${LEN(${CUT(CELL_ASKED,:,2)})} != ${LEN(${EXTEN})}]?refuse)
""" in context(dialplan, "billing")


def test_the_evidence_goes_to_the_spool(configured):
    dialplan = render(configured(spool="/srv/evidence"))["extensions.conf"]
    assert "FILE(/srv/evidence/legs-" in dialplan
    assert "/var/spool/cellhub" not in dialplan


def test_a_trunk_can_place_no_call(dialplan):
    assert context(dialplan, "from-trunk") == "exten => s,1,Hangup(21)"


def test_what_a_phone_says_of_its_number_is_an_address_when_it_reaches_the_agent(dialplan):
    billing = context(dialplan, "billing")
    for name, header in (("WISH", "P-Preferred-Identity"), ("DIVERTED", "Diversion")):
        assert f" same => n,Set(CELL_{name}=${{PJSIP_HEADER(read,{header})}})" in billing
        assert (
            f" same => n,Set(CELL_{name}=${{FILTER(0-9A-Za-z+@:.,${{CUT(CELL_{name},<,2)}}):0:120}})"
            in billing
        )
