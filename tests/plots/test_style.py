import math
from itertools import pairwise

import pytest
from matplotlib.figure import Figure

from aebench.plots.style import hold_middles, log_scale


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        ((0.8, 12.0), ["1", "2", "5", "10"]),
        ((0.002, 8.0), ["0.01", "0.1", "1"]),
        ((5.2, 25.0), ["6", "8", "10", "20"]),
        ((84.0, 101.0), ["85", "90", "95", "100"]),
    ],
)
def test_a_logarithmic_scale_has_some_labels_however_wide_it_is(span, labels) -> None:
    axes = Figure().subplots()
    log_scale(axes.xaxis)
    axes.set_xlim(*span)
    inside = [tick for tick in axes.get_xticks() if span[0] <= tick <= span[1]]
    assert [axes.xaxis.get_major_formatter()(tick) for tick in inside] == labels


@pytest.mark.parametrize(
    "span",
    [
        (75.0, 178.0),
        (95.0, 210.0),
        (5.1, 51.5),
        (1.1, 230.0),
        (10.5, 42.5),
        (100.5, 399.0),
        (45.0, 199.0),
    ],
)
def test_a_logarithmic_scale_has_three_labels_or_more_beside_it(span) -> None:
    axes = Figure(figsize=(5, 2.4)).subplots()
    log_scale(axes.yaxis)
    axes.set_ylim(*span)
    inside = [tick for tick in axes.get_yticks() if span[0] <= tick <= span[1]]
    assert 3 <= len(inside) <= 9
    # Nowhere is half of the scale without one.
    ends = [span[0], *inside, span[1]]
    assert max(b / a for a, b in pairwise(ends)) <= (span[1] / span[0]) ** 0.5


@pytest.mark.parametrize(
    ("scale", "values", "limits"),
    [
        ("linear", [*range(101), math.nan, math.inf], (5 - 9, 95 + 9)),
        ("log", [*(10.0 ** (i / 10) for i in range(101)), -1.0], (10**-0.4, 10**10.4)),
    ],
)
def test_a_range_leaves_out_what_is_far_off_or_cannot_be_shown(scale, values, limits) -> None:
    axes = Figure().subplots()
    axes.set_yscale(scale)
    axes.plot(values)
    hold_middles(axes)
    assert axes.get_ylim() == pytest.approx(limits)


def test_lines_without_a_span_keep_their_range() -> None:
    axes = Figure().subplots()
    axes.plot([1.0] * 30 + [1e10])
    axes.plot([math.nan])
    before = axes.get_ylim()
    hold_middles(axes)
    assert axes.get_ylim() == before


def test_panels_that_share_a_scale_have_a_range_for_the_lines_of_all() -> None:
    first, second, empty = Figure().subplots(1, 3, sharey=True)
    first.plot([100.0, 110.0])
    second.plot([1.0, 2.0])
    for axes in (first, second, empty):
        hold_middles(axes)
    low, high = first.get_ylim()
    assert low < 1.1 and high > 109
