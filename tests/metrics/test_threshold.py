import pytest
import torch

from aebench.metrics.threshold import anomaly_threshold, fewest_normal


@pytest.mark.parametrize(
    ("count", "rate"), [(9, 0.1), (10, 0.1), (19, 0.05), (99, 0.3), (40, 0.07)]
)
def test_one_more_image_exceeds_the_least_such_threshold_at_most_at_the_rate(count, rate) -> None:
    scores = torch.randn(count + 1, generator=torch.Generator().manual_seed(0))

    def share_above(threshold) -> float:
        """How many exceed the threshold that the others give, each in turn the one more."""
        above = 0
        for i, score in enumerate(scores):
            others = torch.cat([scores[:i], scores[i + 1 :]])
            above += bool(score > threshold(others))
        return above / len(scores)

    assert share_above(lambda others: anomaly_threshold(others, rate)) <= rate + 1e-9

    def next_lower(others: torch.Tensor) -> float:
        return others[others < anomaly_threshold(others, rate)].max().item()

    assert share_above(next_lower) > rate


@pytest.mark.parametrize(
    ("rate", "fewest"), [(0.1, 9), (0.05, 19), (0.001, 999), (0.3, 3), (0.9, 1)]
)
def test_fewer_images_than_the_rate_takes_are_refused(rate, fewest) -> None:
    assert fewest_normal(rate) == fewest
    assert anomaly_threshold(torch.arange(fewest), rate) == fewest - 1
    with pytest.raises(ValueError, match=f"allowed: {fewest}"):
        anomaly_threshold(torch.arange(fewest - 1), rate)
