"""Means and spread over seeds."""

import statistics

from aebench.metrics.summary import over_seeds


def test_means_and_sample_deviations_of_nested_metrics():
    values = [1.0, 2.0, 4.0]
    summary = over_seeds([{"test": {"x": v, "samples": 100}} for v in values])
    assert summary == {
        "test": {
            "x": statistics.mean(values),
            "x_sd": statistics.stdev(values),
            "samples": 100,
        }
    }


def test_one_seed_has_no_spread():
    assert over_seeds([{"x": 1.5}]) == {"x": 1.5}
