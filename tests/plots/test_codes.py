import numpy as np
import pytest

from aebench.plots.codes import code_map, embeddings, kl_bars, principal_plane


def test_a_plane_keeps_the_distances_within_it():
    generator = np.random.default_rng(0)
    flat = generator.normal(size=(50, 2)) @ np.linalg.qr(generator.normal(size=(5, 2)))[0].T
    plane = principal_plane(flat + 3)
    assert np.linalg.norm(plane, axis=1) == pytest.approx(
        np.linalg.norm(flat - flat.mean(0), axis=1)
    )
    assert plane[:, 0].var() > plane[:, 1].var()


def test_single_numbers_lie_on_a_line_of_their_plane():
    numbers = np.array([[1.0], [5.0], [0.0]], np.float32)
    plane = principal_plane(numbers)
    assert abs(plane[:, 0]) == pytest.approx([1, 3, 2])
    assert not plane[:, 1].any()


def test_a_legend_names_only_classes_that_are_shown():
    points, classes = np.zeros((3, 2)), ["a", "b", "c", "d"]
    (axes,) = code_map(points, np.array([2, 0, 2]), classes, "codes").axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "c"]
    # Those of all panels, whichever comes last.
    panels = {"x": (points, np.array([1, 1, 3])), "y": (points, np.array([2, 2, 2]))}
    (legend,) = embeddings(panels, classes).legends
    assert [text.get_text() for text in legend.get_texts()] == ["b", "c", "d"]


def test_latents_without_information_are_counted_and_not_drawn():
    (axes,) = kl_bars([0.5, 0.001, 2.0, 0.002]).axes
    assert [bar.get_height() for bar in axes.patches] == [2.0, 0.5]
    assert "2 of 4 have less than 0.01 nats" in axes.get_xlabel()
    (axes,) = kl_bars([0.5, 2.0]).axes
    assert axes.get_xlabel() == "latent dimension, ranked"
