"""What the API server says when it refuses, as words for a form."""

import json

import pytest

from cellhub.cluster.answers import Away, Changed, Forbidden, Invalid, Missing, Problem, Taken, refusal_of


def status(reason: str, *causes: tuple[str, str]) -> str:
    told = [{"field": field, "message": message} for field, message in causes]
    return json.dumps({"kind": "Status", "reason": reason, "message": "no", "details": {"causes": told}})


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (401, "Unauthorized", Forbidden),
        (403, "Forbidden", Forbidden),
        (404, "NotFound", Missing),
        (409, "AlreadyExists", Taken),
        (409, "Conflict", Changed),
        (422, "Invalid", Invalid),
        (429, "TooManyRequests", Away),
        (503, "ServiceUnavailable", Away),
    ],
)
def test_an_error_is_of_the_kind_that_its_code_and_reason_say(code, reason, kind):
    assert type(refusal_of(code, status(reason))) is kind


@pytest.mark.parametrize("body", ["", "<html>Bad Gateway</html>", "[1]", "null"])
def test_what_is_no_status_is_told_by_its_code(body):
    assert str(refusal_of(502, body)) == "The cluster answered 502. Nothing was saved."


def test_each_cause_is_a_sentence_at_its_place_without_what_was_typed():
    body = status(
        "Invalid",
        (
            "spec.priority",
            "Invalid value: 0: spec.priority in body should be greater than or equal to 1",
        ),
        ("spec.codecs[1]", 'Unsupported value: "mp3": supported values: "alaw", "ulaw"'),
        (
            "spec",
            'Invalid value: "object": authentication register needs credentialsSecretRef',
        ),
        (
            "<nil>",
            'Invalid value: "null": some validation rules were not checked because the object was invalid',
        ),
    )
    refusal = refusal_of(422, body)
    assert isinstance(refusal, Invalid)
    assert refusal.problems == (
        Problem("spec", "The cluster refuses it: authentication register needs credentialsSecretRef."),
        Problem("spec.codecs", 'The cluster refuses it: supported values: "alaw", "ulaw".'),
        Problem("spec.priority", "The cluster refuses it: should be greater than or equal to 1."),
    )
