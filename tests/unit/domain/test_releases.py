"""Which release can follow which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.releases import Standing, Version, objection

numbers = st.integers(0, 9999)
versions = st.builds(Version, numbers, numbers, numbers)
STANDS = Standing(Version(1, 4, 2), "0019")
OLDEST = Version(1, 3, 0)
REVISIONS = ("0019", "0021")


@given(versions, versions)
def test_versions_are_written_as_they_are_read_and_ordered_by_number(one: Version, other: Version) -> None:
    assert Version.parse(str(one)) == one
    assert (one < other) == ([*one] < [*other])


@pytest.mark.parametrize("text", ["", "1.4", "v1.4.2", "1.4.2-rc1", "01.4.2", "1.4.2 ", "1.4.١", "1.4.10000"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no version such as"):
        Version.parse(text)


@pytest.mark.parametrize("revision", ["0019", "0021"])
def test_a_later_release_may_follow_also_when_its_tables_are_there_already(revision: str) -> None:
    assert objection(Standing(STANDS.version, revision), Version(1, 5, 0), OLDEST, REVISIONS) == ""


@pytest.mark.parametrize(
    ("stands", "version", "sentence"),
    [
        (STANDS, Version(1, 4, 1), "1.4.1 is older than 1.4.2, which runs: an update does not go back."),
        (STANDS, Version(1, 4, 2), "1.4.2 runs already."),
        (
            Standing(Version(1, 2, 9), "0019"),
            Version(1, 5, 0),
            "1.5.0 can follow 1.3.0 and later, and 1.2.9 runs: go there first.",
        ),
        (
            Standing(STANDS.version, "0018"),
            Version(1, 5, 0),
            "The tables are of revision 0018, and 1.5.0 begins with 0019: "
            "it was made for another release than this one.",
        ),
    ],
)
def test_what_cannot_follow_is_refused_with_a_sentence(
    stands: Standing, version: Version, sentence: str
) -> None:
    assert objection(stands, version, OLDEST, REVISIONS) == sentence
