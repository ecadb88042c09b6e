"""`aebench sweep --dry-run`: what a sweep would do."""

import optuna

from aebench.core.errors import one_line
from aebench.sweeps import points, space
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.samplers import trial_count
from aebench.sweeps.search import Search
from aebench.sweeps.storage import open_storage


def plan(search: Search) -> str:
    """Return the search space, how many trials exist, and how long the others would take."""
    sweep = search.sweep
    summaries = optuna.get_all_study_summaries(open_storage(search.storage))
    existing = sum(s.n_trials for s in summaries if s.study_name == search.study_name)
    total = trial_count(sweep)
    defaults = points.cell(sweep, {"settings": "defaults"}, {}, sweep.seed)
    epochs = points.epochs(defaults)
    selected = (sweep.selection.best + 1) * len(sweep.selection.seeds)
    # Imports Lightning, which takes seconds.
    from aebench.experiments.estimate import seconds_per_epoch

    rate = seconds_per_epoch(defaults, search.prepared)
    # Those of pretraining, too.
    trained = sum(step.training.epochs for step in defaults.recipe.steps)
    minutes = (max(0, total - existing) + selected) * trained * rate / 60 / search.workers.processes
    lines = [f"{dimension.name}: {dimension.domain.text}" for dimension in dimensions(sweep)]
    lines.append(
        f"{total} trials of {epochs} epochs ({sweep.sampler.name}, pruner {sweep.pruner.name}), "
        f"{existing} of them exist already; {selected} runs for the selection"
    )
    lines.append(f"about {minutes:.0f} min if nothing is pruned")
    if space.start(sweep) is None:
        lines.append("the recipe is no point of the space, so the search does not begin with it")
    return "\n".join(map(one_line, lines))
