import pytest
from matplotlib.figure import Figure

from aebench.plots.figures import log_scale


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        ((0.8, 12.0), ["1", "2", "5", "10"]),
        ((0.002, 8.0), ["0.01", "0.1", "1"]),
        ((84.0, 101.0), ["85", "90", "95", "100"]),
    ],
)
def test_a_logarithmic_scale_has_some_labels_however_wide_it_is(span, labels) -> None:
    axes = Figure().subplots()
    log_scale(axes.xaxis)
    axes.set_xlim(*span)
    inside = [tick for tick in axes.get_xticks() if span[0] <= tick <= span[1]]
    assert [axes.xaxis.get_major_formatter()(tick) for tick in inside] == labels
