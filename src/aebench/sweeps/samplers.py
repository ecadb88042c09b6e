"""Optuna's samplers, built from the config, so that a resumed sweep tries the same points."""

import logging
import math
import warnings
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypedDict

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, RandomSampler, TPESampler

from aebench.core.memory import needs_memory
from aebench.core.seeding import derive
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.space import grid

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

# A point takes at least so much.
POINT_BYTES = 300


class ReseededSampler(BaseSampler):
    """Builds Optuna's sampler anew for each trial, and again for each parameter sampled by itself.

    The seeds follow from (sweep seed, trial number, parameter), not from what was sampled before: a
    trial that was cut off while its point was sampled gets the same point when it is resumed.
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
        return self.joint.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: "Study",
        trial: "FrozenTrial",
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        independent = _build(self.sweep, _seed(self.sweep, self.number, param_name))
        return independent.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: "Study", trial: "FrozenTrial", state: Any, values: Any) -> None:
        self.joint.after_trial(study, trial, state, values)


class ResumableGPSampler(GPSampler):
    """Samples the point of a trial as if the trial itself had none yet.

    Optuna's sampler stores a point before its values are stored one by one. If the driver dies in
    between, the sampler would keep away from that point, as from those of all running trials.
    """

    def sample_relative(
        self, study: "Study", trial: "FrozenTrial", search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        copy = optuna.create_study(directions=study.directions)
        trials = study.get_trials(deepcopy=False)
        copy.add_trials(other for other in trials if other.number != trial.number)
        copy.ask()
        return super().sample_relative(copy, copy.trials[-1], search_space)


class FixedPointSampler(BaseSampler):
    """Returns a given point: Optuna's value by the name of each parameter."""

    def __init__(self, point: Mapping[str, Any]):
        self.point = point

    def infer_relative_search_space(
        self, study: "Study", trial: "FrozenTrial"
    ) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: "Study", trial: "FrozenTrial", search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def sample_independent(
        self,
        study: "Study",
        trial: "FrozenTrial",
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return self.point[param_name]


def build_sampler(
    sweep: Sweep,
    number: int,
    start: Mapping[str, Any] | None = None,
    grid_points: Sequence[Mapping[str, Any]] = (),
) -> BaseSampler:
    """Return the sampler of trial `number`; the first trial is `start`, except on a grid."""
    match sweep.sampler.name:
        case "grid":
            return FixedPointSampler(grid_points[number])
        case _ if number == 0 and start is not None:
            return FixedPointSampler(start)
        case "qmc":
            return FixedPointSampler(_sobol_point(sweep, number - (start is not None)))
        case _:
            return ReseededSampler(sweep, number)


def grid_points(sweep: Sweep) -> list[dict[str, Any]]:
    """Return the points that the sampler `grid` tries, by Optuna's names; [] for other samplers.

    Only as many as the sweep has trials: a whole grid may not fit into memory.
    """
    if sweep.sampler.name != "grid":
        return []
    space = dimensions(sweep)
    points = math.prod(len(dimension.values.grid(sweep.sampler.points)) for dimension in space)
    count = min(points, sweep.trials)
    needs_memory(POINT_BYTES * count, f"trials: a grid of {count} points")
    return list(islice(grid(space, sweep.sampler.points), sweep.trials))


def trial_count(sweep: Sweep) -> int:
    """Return the number of trials, which a grid with fewer points limits."""
    return len(grid_points(sweep)) or sweep.trials


def _sobol_point(sweep: Sweep, number: int) -> dict[str, Any]:
    """Return point `number` of a scrambled Sobol sequence over all dimensions of the space.

    Optuna's QMCSampler keeps its position in the storage, which a killed driver may leave advanced,
    and samples conditional parameters at random.
    """
    from scipy.stats.qmc import Sobol

    space = dimensions(sweep)
    sequence = Sobol(len(space), rng=_seed(sweep))
    if number:
        sequence.fast_forward(number)
    (point,) = sequence.random()
    return {
        dimension.name: dimension.values.interpolate(fraction)
        for dimension, fraction in zip(space, point, strict=True)
    }


def _seed(sweep: Sweep, *path: int | str) -> int:
    return derive("sweep", sweep.seed, *path) % 2**32


class _Startup(TypedDict, total=False):
    n_startup_trials: int


def _build(sweep: Sweep, seed: int) -> BaseSampler:
    startup: _Startup = {}
    if sweep.sampler.startup is not None:
        startup["n_startup_trials"] = sweep.sampler.startup
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        match sweep.sampler.name:
            case "tpe":
                # group: conditional parameters are modelled jointly with those they occur with.
                # constant_liar: running trials count as bad ones, so that workers that ask at the
                # same time get points apart. A failed trial that waits to be tried again is
                # RUNNING, too, and a sweep that resumes has the same ones. True is Optuna 5's
                # default, False was version 4's: stated here, since it decides the points.
                # `gp` always avoids running trials; the other samplers ignore them.
                return TPESampler(seed=seed, group=True, constant_liar=True, **startup)
            case "cmaes":
                return CmaEsSampler(
                    seed=seed,
                    independent_sampler=RandomSampler(seed=seed),
                    warn_independent_sampling=False,
                    **startup,
                )
            case "gp":
                return ResumableGPSampler(
                    seed=seed,
                    independent_sampler=RandomSampler(seed=seed),
                    warn_independent_sampling=False,
                    **startup,
                )
            case _:
                return RandomSampler(seed=seed)


def silence_optuna() -> None:
    """Turn off Optuna's line for each trial, which would break the progress bar, and its warnings
    about experimental features."""
    optuna.logging.set_verbosity(logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
