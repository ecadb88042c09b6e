"""Pictures of trials: what is plotted where."""

import math

import numpy as np

from aebench.plots.trials import Setting, by_epoch, history, parallel, pareto, shares

LOSSES = [3.0, 1.0, 2.0]


def test_a_trial_s_line_goes_on_where_it_has_no_such_setting():
    there = Setting("rate", [0.01, 0.1, 1.0], 0.01, 1.0, log=True)
    partly = Setting("momentum", [0.5, math.nan, 1.0], 0.0, 1.0)
    (axes,) = parallel([there, partly], LOSSES).axes
    # The worst first, the best on top of all others.
    worst, middle, best = (line.get_ydata() for line in axes.lines[:3])
    assert np.allclose([worst, middle], [[0, 0.5, 1], [1, 1, 0.5]])
    assert np.isfinite(best).all() and best[1] < 0 and best[2] == 0
    assert "none" in [text.get_text() for text in axes.texts]


def test_the_front_holds_what_no_other_trial_beats_in_both():
    (axes,) = pareto([100, 200, 300, 150], [5.0, 3.0, 4.0, 6.0]).axes
    front = axes.collections[-1].get_offsets()
    assert front.tolist() == [[100, 5.0], [200, 3.0]]


def test_a_setting_whose_share_is_not_known_is_named():
    (axes,) = shares({"dropout": 0.2, "rate": 0.7}, ["momentum"]).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["momentum", "dropout", "rate"]
    assert [bar.get_width() for bar in axes.patches] == [0.2, 0.7]


def test_trials_and_epochs_are_counted_in_whole_numbers():
    few = dict(enumerate(LOSSES))
    for figure in (history(few, {}, []), by_epoch([("to its end", few)], best=0)):
        (axes,) = figure.axes
        assert all(tick == round(tick) for tick in axes.get_xticks())


def test_the_best_trial_s_line_stands_out():
    ends = ["pruned", "to its end", "to its end"]
    trials = [(end, {1: 3.0, 2: loss}) for end, loss in zip(ends, LOSSES, strict=True)]
    (axes,) = by_epoch(trials, best=1).axes
    lines = {line.get_label(): line for line in axes.lines}
    best, other = lines["the best"], lines["to its end"]
    assert list(best.get_ydata()) == [3.0, 1.0]
    assert best.get_color() != other.get_color() and best.get_zorder() > other.get_zorder()
