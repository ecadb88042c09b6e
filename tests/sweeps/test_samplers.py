import optuna
import pytest

from aebench.sweeps.config import load_sweep
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.samplers import FixedPointSampler, build_sampler
from aebench.sweeps.space import suggest

PATH = "model.dropout"


@pytest.mark.parametrize("name", ["tpe", "gp"])
def test_a_sampler_keeps_away_from_running_trials(name: str, write) -> None:
    """Optuna's constant liar: otherwise two trials that run at the same time may be neighbours."""
    write(space={PATH: {"low": 0.0, "high": 0.9}}, sampler={"name": name, "startup": 4})
    sweep = load_sweep("small", "tiny")
    space = dimensions(sweep)

    def sampled(running: float | None) -> float:
        study = optuna.create_study()

        def ask(sampler: optuna.samplers.BaseSampler) -> optuna.Trial:
            study.sampler = sampler
            trial = study.ask()
            suggest(space, trial)
            return trial

        for i in range(10):
            trial = ask(FixedPointSampler({PATH: i / 11}))
            study.tell(trial, abs(trial.params[PATH] - 0.5))
        if running is not None:
            ask(FixedPointSampler({PATH: running}))
        return ask(build_sampler(sweep, 10)).params[PATH]

    first = sampled(None)
    assert sampled(None) == first
    assert abs(first - 0.5) < 0.1
    assert abs(sampled(running=first) - first) > 1e-3
