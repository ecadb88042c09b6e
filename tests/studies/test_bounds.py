import math

import pytest

from aebench.studies.bounds import middle


def test_the_middle_of_a_line_leaves_out_what_is_far_off_or_not_a_number() -> None:
    assert middle([*range(101), math.nan, math.inf]) == pytest.approx([5, 95])
    assert max(middle([1.0] * 30 + [1e10])) == 1
    assert middle([math.nan]) == []
