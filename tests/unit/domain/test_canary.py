"""When a canary is found to be worse than the others."""

import pytest

from cellhub.domain.canary import Answers, complaint


@pytest.mark.parametrize(
    ("canary", "others"),
    [
        (Answers(0, 0), Answers(0, 0)),
        (Answers(2, 2), Answers(100, 0)),  # too few to tell
        (Answers(1000, 3), Answers(1000, 0)),
        (Answers(100, 50), Answers(100, 50)),  # all of them do badly: it is not the release
    ],
)
def test_a_canary_that_does_as_the_others_do_is_no_cause_for_complaint(
    canary: Answers, others: Answers
) -> None:
    assert complaint(canary, others) == ""


def test_a_canary_that_answers_fewer_calls_than_the_others_is_told_by_numbers() -> None:
    assert complaint(Answers(40, 30), Answers(60, 0) + Answers(40, 1)) == (
        "30 of 40 calls got no answer from it, and 1 of 100 from the others."
    )
