import math

import numpy as np

from aebench.plots.heatmaps import heat_maps, log10_table

LAYERS = [f"encoder.layers.{i}" for i in range(3)]
# Gradients ten times smaller with each layer below, updates a hundred times with each measurement.
ROWS = [
    {
        "epoch": 1.0,
        "update": 1.0 + 10 * t,
        "layer": layer,
        "gradient_norm": 10.0 ** (depth - 3),
        "update_norm": 100.0**-t,
        "activation_rms": 1.0 + depth,
    }
    for t in range(4)
    for depth, layer in enumerate(LAYERS)
]


def test_the_table_is_layers_by_updates() -> None:
    table = log10_table(ROWS, "gradient_norm", 3)
    np.testing.assert_allclose(table, np.tile([[-3.0], [-2.0], [-1.0]], 4))
    np.testing.assert_allclose(log10_table(ROWS, "update_norm", 3)[1], [0, -2, -4, -6])


def test_what_has_no_logarithm_is_left_out() -> None:
    rows = [
        row | {"gradient_norm": x} for row, x in zip(ROWS, (0.0, math.nan, math.inf), strict=False)
    ]
    assert np.isnan(log10_table(rows, "gradient_norm", 3)).all()


def test_maps_name_their_layers_in_order_and_their_updates() -> None:
    panels = heat_maps(ROWS).axes[:3]
    for axes in panels:
        assert [label.get_text() for label in axes.get_yticklabels()] == LAYERS
        # Up to where the next measurement would be; the first layer on top.
        assert axes.images[0].get_extent() == [1.0, 41.0, 2.5, -0.5]


def test_one_update_is_a_map_too() -> None:
    assert heat_maps(ROWS[:3]).axes[0].images[0].get_extent() == [1.0, 2.0, 2.5, -0.5]
