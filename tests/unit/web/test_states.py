import pytest

from cellhub.web.states import STATES, Tone, UnknownStateError, state_of


@pytest.mark.parametrize("word", ["NO ANSWER", "no_answer", "No answer", "No-Answer"])
def test_a_state_is_found_however_it_is_written(word):
    assert state_of("call", word).word == "No answer"


def test_what_merely_ends_is_not_red():
    grey = [state_of("call", "No answer"), state_of("trunk", "IP"), state_of("payment", "Void")]
    assert {state.tone for state in grey} == {Tone.PLAIN}


def test_an_unknown_word_names_those_that_are_known():
    with pytest.raises(UnknownStateError, match="the table has online, offline"):
        state_of("sip user", "sleeping")


def test_an_unknown_kind_names_the_kinds():
    with pytest.raises(UnknownStateError, match="kinds call, live call"):
        state_of("weather", "rain")


def test_every_state_has_a_word_and_an_icon():
    assert all(state.word and state.icon for words in STATES.values() for state in words.values())
