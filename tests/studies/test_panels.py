from aebench.studies.config import load_study
from aebench.studies.pictures.panels import lines_of, panels, places

ONLY = [
    {"pretraining": "none", "rate": "low"},
    {"pretraining": "greedy", "rate": "high"},
    {"pretraining": "none", "rate": "high"},
]
ONLY_RATES = [{"rate": "low"}, {"rate": "high"}]


def test_a_panel_for_each_place_of_the_axes_but_the_first(study) -> None:
    study()
    one = load_study("small", "tiny")
    assert places(one) == [[{"rate": "low"}, {"rate": "high"}]]
    lines = lines_of(one, {"rate": "high"})
    assert [line.label for line in lines] == ["none", "greedy"]
    assert lines[1].place == {"pretraining": "greedy", "rate": "high"}


def test_a_long_row_of_panels_is_broken(study) -> None:
    levels = {str(level): {} for level in range(7)}
    study(axes={"pretraining": {"none": {}, "greedy": {}}, "held out": levels}, claims=[])
    one = load_study("small", "tiny")
    assert [[where["held out"] for where in row] for row in places(one)] == [
        ["0", "1", "2", "3", "4"],
        ["5", "6"],
    ]
    figure, found = panels(one, places(one), height=1, of_line=0, share_x=True)
    assert len(figure.axes) == len(found) == 7


def test_of_named_places_a_panel_a_level_of_the_last_axis(study) -> None:
    study(only=ONLY, claims=[])
    one = load_study("small", "tiny")
    assert places(one) == [[{"rate": "low"}], [{"rate": "high"}]]
    low, high = (lines_of(one, where) for (where,) in places(one))
    assert [line.label for line in low] == ["none"]
    assert [line.label for line in high] == ["none", "greedy"]
    # The same thing looks the same in all panels, another one does not.
    assert low[0].colour == high[0].colour != high[1].colour


def test_the_only_axis_makes_one_panel_of_the_places_that_are_named(study) -> None:
    study(axes={"rate": {"low": {}, "middle": {}, "high": {}}}, only=ONLY_RATES, claims=[])
    one = load_study("small", "tiny")
    assert places(one) == [[{}]]
    assert [line.label for line in lines_of(one, {})] == ["low", "high"]


def test_rows_of_panels_may_be_of_different_lengths(study) -> None:
    study()
    one = load_study("small", "tiny")
    low, high = {"rate": "low"}, {"rate": "high"}
    figure, found = panels(one, [[low], [low, high]], height=1.0, of_line=0, share_x=False)
    assert [panel.place for panel in found] == [low, low, high]
    assert figure.axes == [panel.axes for panel in found]
