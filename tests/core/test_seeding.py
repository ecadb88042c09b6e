import torch

from aebench.core.seeding import derive, seeded


def test_a_seed_is_for_one_purpose_and_stays_what_it_is() -> None:
    paths = [(0,), (1,), (0, "epoch", 0), (0, "epoch", 1), (1, "epoch", 0), (0, "order", 0)]
    seeds = [derive(*path) for path in paths]
    assert len(set(seeds)) == len(paths)
    assert all(0 <= seed < 2**63 for seed in seeds)
    # Recorded: another value would change the numbers of every training.
    assert derive(0, "epoch", 0) == 3436799098431864646


def test_inside_the_draws_follow_from_the_path_and_outside_nothing_changes() -> None:
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    draws = []
    for path in ((3, "a"), (3, "a"), (3, "b")):
        with seeded(*path):
            draws.append(torch.rand(4))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert torch.equal(torch.rand(2), expected)
