"""Which point is tried next: Optuna's samplers, built from the config."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, RandomSampler, TPESampler

from aebench.core.seeding import derive
from aebench.sweeps.config import Sweep
from aebench.sweeps.space import grid, parameters

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial


class ReseededSampler(BaseSampler):
    """A sampler made anew for each trial, and again for each parameter that is drawn by itself.

    Its seeds follow from (sweep seed, trial number, parameter), not from what was drawn before: a
    trial that was cut off while it was being drawn goes on to the same point.
    """

    def __init__(self, sweep: Sweep, number: int):
        self.sweep, self.number = sweep, number
        self.joint = _build(sweep, _seed(sweep, number))

    def before_trial(self, study: "Study", trial: "FrozenTrial") -> None:
        self.joint.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: "Study", trial: "FrozenTrial"
    ) -> dict[str, BaseDistribution]:
        return self.joint.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: "Study", trial: "FrozenTrial", search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        from optuna.samplers._gp.sampler import _get_params

        # Where the trial was cut off after its point was chosen: the sampler `gp` would take that
        # point for one of another trial under way, and keep away from it.
        chosen = _get_params(trial)
        if search_space.keys() <= chosen.keys():
            return {name: chosen[name] for name in search_space}
        return self.joint.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: "Study",
        trial: "FrozenTrial",
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        alone = _build(self.sweep, _seed(self.sweep, self.number, param_name))
        return alone.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: "Study", trial: "FrozenTrial", state: Any, values: Any) -> None:
        self.joint.after_trial(study, trial, state, values)


class FixedPointSampler(BaseSampler):
    """Points that are known beforehand, one a trial; each gives a value by a parameter's name."""

    def __init__(self, point: Mapping[str, Any]):
        self.point = point

    def infer_relative_search_space(self, study, trial) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(self, study, trial, search_space) -> dict[str, Any]:
        return {}

    def sample_independent(self, study, trial, param_name, param_distribution) -> Any:
        return self.point[param_name]


def sampler(
    sweep: Sweep,
    number: int,
    start: dict[str, Any] | None = None,
    points: Sequence[dict[str, Any]] = (),
) -> BaseSampler:
    """The sampler of trial `number`; but on a grid, the first is at `start` where there is one.

    `points`: those of a grid.
    """
    match sweep.sampler.name:
        case "grid":
            return FixedPointSampler(points[number])
        case _ if number == 0 and start is not None:
            return FixedPointSampler(start)
        case "qmc":
            return FixedPointSampler(_quasi_random(sweep, number - (start is not None)))
        case _:
            return ReseededSampler(sweep, number)


def grid_points(sweep: Sweep) -> list[dict[str, Any]]:
    """What the sampler `grid` tries, by the names of the parameters; empty for other samplers.

    No more than the sweep has trials: a whole grid can be too large for the memory.
    """
    if sweep.sampler.name != "grid":
        return []
    return list(islice(grid(parameters(sweep), sweep.sampler.points), sweep.trials))


def count(sweep: Sweep) -> int:
    """How many trials the sweep has: no more than a grid has points."""
    return len(grid_points(sweep)) or sweep.trials


def _quasi_random(sweep: Sweep, number: int) -> dict[str, Any]:
    """Point `number` of a scrambled Sobol sequence, a dimension a parameter.

    Optuna's own counts in its storage how far it is, and leaves out what is conditional.
    """
    from scipy.stats.qmc import Sobol

    space = parameters(sweep)
    sequence = Sobol(len(space), rng=_seed(sweep))
    if number:
        sequence.fast_forward(number)
    return {one.name: one.at(share) for one, share in zip(space, sequence.random()[0], strict=True)}


def _seed(sweep: Sweep, *path: int | str) -> int:
    return derive("sweep", sweep.seed, *path) % 2**32


def _build(sweep: Sweep, seed: int) -> BaseSampler:
    given = sweep.sampler
    startup = {} if given.startup is None else {"n_startup_trials": given.startup}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        match given.name:
            case "tpe":
                # In groups: conditional hyperparameters are modelled with those they go with.
                return TPESampler(seed=seed, group=True, **startup)
            case "cmaes":
                return CmaEsSampler(
                    seed=seed,
                    independent_sampler=RandomSampler(seed=seed),
                    warn_independent_sampling=False,
                    **startup,
                )
            case "gp":
                return GPSampler(
                    seed=seed,
                    independent_sampler=RandomSampler(seed=seed),
                    warn_independent_sampling=False,
                    **startup,
                )
            case _:
                return RandomSampler(seed=seed)


def quieten() -> None:
    """A line a trial would come between the progress bar's."""
    optuna.logging.set_verbosity(logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
