"""Bjøntegaard differences whose values are known."""

import math

import numpy as np
import pytest

from aebench.compression.bjontegaard import bd_psnr, bd_rate

RATE = np.array([0.1, 0.25, 0.4, 0.9, 2.0])
PSNR = np.array([24.0, 28.5, 30.0, 34.0, 37.0])


@pytest.fixture(params=["pchip", "cubic"])
def method(request) -> str:
    return request.param


def test_a_curve_differs_from_itself_by_nothing(method):
    assert bd_rate(RATE, PSNR, RATE[::-1], PSNR[::-1], method) == pytest.approx(0, abs=1e-9)
    assert bd_psnr(RATE, PSNR, RATE[::-1], PSNR[::-1], method) == pytest.approx(0, abs=1e-9)


def test_half_the_rate_is_50_per_cent_less_and_a_third_more_is_a_third_more(method):
    assert bd_rate(RATE, PSNR, RATE / 2, PSNR, method) == pytest.approx(-50)
    assert bd_rate(RATE, PSNR, RATE * 4 / 3, PSNR, method) == pytest.approx(100 / 3)


def test_a_shift_in_decibels_is_that_many(method):
    assert bd_psnr(RATE, PSNR, RATE, PSNR + 1.5, method) == pytest.approx(1.5)


def test_only_what_both_curves_reach_counts(method):
    """PSNR = 10 log10(rate) beside 12 log10(rate): the areas between x = 1 and 2 are by hand."""
    anchor, other = 10 ** np.linspace(0, 2, 5), 10 ** np.linspace(1, 3, 5)
    value = bd_psnr(anchor, 10 * np.log10(anchor), other, 12 * np.log10(other), method)
    assert value == pytest.approx(2 * 1.5)
    value = bd_rate(anchor, 10 * np.log10(anchor), other, 12 * np.log10(other), method)
    # Both reach 12 to 20 dB; log10(rate) is P / 12 and P / 10, their mean difference at P = 16.
    assert value == pytest.approx((10 ** (16 / 12 - 16 / 10) - 1) * 100)


def test_curves_that_share_nothing_have_no_difference(method):
    assert math.isnan(bd_rate(RATE, PSNR, RATE, PSNR + 20, method))
    assert math.isnan(bd_psnr(RATE, PSNR, RATE * 100, PSNR, method))
