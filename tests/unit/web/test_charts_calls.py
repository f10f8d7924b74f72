from cellhub.web.charts import Tick
from cellhub.web.charts_calls import (
    DrawnMessage,
    HeatRow,
    Lane,
    Message,
    Span,
    heat_chart,
    ladder,
    leg_chart,
)
from cellhub.web.filters import duration


def test_a_heat_cell_is_as_deep_as_its_value_lies_between_least_and_most():
    chart = heat_chart([HeatRow("Thu", [47, 55, 63])], ["00", "", ""], outlier=(0, 0))
    assert [(cell.text, cell.depth, cell.outlier) for cell in chart.cells] == [
        ("47", 0, True),
        ("55", 2, False),
        ("63", 4, False),
    ]


def test_hours_still_to_come_have_no_cell():
    chart = heat_chart([HeatRow("Thu", [1, None, 3])], ["", "", ""])
    assert [cell.text for cell in chart.cells] == ["1", "3"]


def test_equal_values_are_all_pale():
    assert {cell.depth for cell in heat_chart([HeatRow("Thu", [5, 5])], ["", ""]).cells} == {0}


def test_legs_of_a_call_share_one_clock():
    caller = Lane("pera-102", [Span(100, 110, "ring"), Span(110, 200, "talk", "talk 90 s")])
    refused = Lane("halyard", [Span(100, 100.1, "fault", "503 Service Unavailable")])
    chart = leg_chart([caller, refused], lambda second: duration(second - 100))
    ring, talk, fault = chart.spans
    assert (ring.x, round(ring.x + ring.width, 2)) == (0.0, round(talk.x, 2))
    assert (talk.inside, fault.inside) == (True, False)
    assert (ring.y, fault.y) == (0, 26)
    assert [tick.text for tick in chart.ticks] == ["0:00", "0:30", "1:00", "1:30"]


def test_a_leg_of_a_moment_can_still_be_seen():
    assert leg_chart([Lane("a", [Span(0, 0, "fault"), Span(0, 900, "talk")])], duration).spans[0].width == 0.5


def test_messages_run_between_the_parties_they_name():
    chart = ladder(["pera", "switch"], [Message(0, 1, "INVITE"), Message(1, 0, "503", fault=True)])
    assert chart.lives == (Tick(25.0, "pera"), Tick(75.0, "switch"))
    assert chart.messages == (
        DrawnMessage(25.0, 75.0, 42, 50.0, "INVITE", False),
        DrawnMessage(75.0, 25.0, 62, 50.0, "503", True),
    )
