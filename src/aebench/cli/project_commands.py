"""The commands of a project, with their options and help."""

from aebench.cli import project
from aebench.commands.arguments import count, reason
from aebench.commands.command import Command, Exclusive, Flag, Option

OTHER_CODE = Exclusive(
    Flag(
        "--retrain",
        help="make results again whose code has changed since; without it they are an error",
    ),
    Option(
        "--accept-code",
        type=reason,
        metavar="REASON",
        help="keep such results as they are: they count as made by today's code, and remember why",
    ),
)
# Options of commands that train many runs.
MANY_RUNS = (
    Option("--dataset", help="a name under `sets` (default: the first of `datasets`)"),
    Option(
        "--workers",
        type=count,
        default=1,
        metavar="N",
        help="processes that share the cores (default 1); with several, Dask's local cluster",
    ),
    Option(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="a running Dask cluster instead, whose workers were started in this folder",
    ),
    Flag("--dry-run", help="list the runs and an estimate, train nothing"),
    OTHER_CODE,
)


def _stage(name: str, text: str, trains: bool = False) -> Command:
    """The command of a stage; results of those that train remember the code they come from."""

    def run(dataset: str, retrain: bool = False, accept_code: str | None = None) -> None:
        decisions = [project.decided(retrain, accept_code)] if trains else []
        project.run_stage(name, dataset, *decisions)

    dataset = Option("dataset", help="a name under `sets` in params.yaml, e.g. mnist-5k")
    options = (dataset, OTHER_CODE) if trains else (dataset,)
    return Command(
        name, text, f"Stage {name}: {text}.", run, options, f"{name} mnist-5k", "pipeline", trains
    )


STAGES = (
    _stage("prepare", "read the raw images, split them, describe them"),
    _stage("pretrain", "pretrain the stacked autoencoder greedily, layer by layer", trains=True),
    _stage("finetune", "train it end to end, and the same net from scratch beside it", trains=True),
    _stage("vae", "train the variational autoencoder", trains=True),
    _stage("evaluate", "measure the trained models and draw what they do", trains=True),
    _stage("report", "write report.md and report.html"),
)
PROJECT_COMMANDS = (
    Command(
        "check",
        "validate the whole of params.yaml",
        "Validate the whole of params.yaml.\n"
        "Of `datasets` that are your own, refuse images that prepare would refuse; in own/, names\n"
        "and files at which DVC would stop.",
        project.check,
        (Flag("--store", help="verify the checksums of all results in the run store, too"),),
    ),
    Command(
        "suggest",
        "show the recipes that suit a data set's images, as settings of params.yaml",
        "Show what `recipes: auto` chooses for the images of a prepared data set, and why, as an\n"
        "entry of `sets`: with --write params.yaml has it, and it can be changed there.",
        project.suggest,
        (
            Option("dataset", help="a name under `sets` in params.yaml"),
            Flag("--write", help="write it into params.yaml, under the overrides that are there"),
        ),
        "suggest flowers --write",
        extra="pipeline",
    ),
    Command(
        "code",
        "write code.json, by which `dvc repro` notices changes of the code",
        "Write code.json, by which `dvc repro` notices changes of the code.",
        project.code,
    ),
    Command(
        "benchmark",
        "run the pipeline on mnist-5k, full MNIST and Fashion-MNIST (hours on a CPU)",
        "Run the pipeline on mnist-5k, full MNIST and Fashion-MNIST: hours on a CPU; `datasets`\n"
        "in params.yaml stays as it is. Needs a clone: DVC works in git only.",
        project.benchmark,
        extra="pipeline",
        resumes=True,
    ),
    Command(
        "repro",
        "run the pipeline without DVC and git, which not every machine has",
        "Run the stages of dvc.yaml one after another, without DVC and git. No stage is skipped,\n"
        "but trainings that are done are not done again. In a clone `dvc repro` does less.",
        project.repro,
        (
            Option(
                "datasets",
                nargs="*",
                metavar="DATASET",
                help="names under `sets` (default: `datasets` of params.yaml)",
            ),
        ),
        "repro mnist-5k",
        extra="pipeline",
        resumes=True,
    ),
    Command(
        "readme",
        "write the table of all results into README.md",
        "Write the table of all results into README.md.",
        project.readme,
        extra="pipeline",
    ),
    Command(
        "track",
        "complete in MLflow what is missing of the finished runs",
        "Complete in MLflow what is missing of the finished runs.",
        project.track,
        (
            Flag(
                "--committed",
                help="put the tables of studies and sweeps in reports/ there, such as those of a "
                "fresh clone",
            ),
        ),
        extra="pipeline",
    ),
    Command(
        "sweep-storage",
        "print the address of Optuna's storage, where none is given",
        "Print the address of Optuna's storage, where none is given; an error while it is empty.",
        project.storage,
        extra="sweeps",
    ),
    Command(
        "tracking-uri",
        "print the address of the MLflow store that is used",
        "Print the address of the MLflow store that is used.",
        project.uri,
    ),
    Command(
        "study",
        "run a study: a grid of variants over seeds, and the claims that it tests",
        "Run studies/NAME.yaml: every cell of its grid, then runs.csv, claims.json and pictures\n"
        "in reports/DATASET/studies/NAME. Whatever interrupts it, the same command goes on where\n"
        "it stood.",
        project.study,
        (
            Option(
                "name",
                help="a file of studies/, without .yaml, such as optimizers or generation",
            ),
            *MANY_RUNS,
        ),
        "study pretraining --workers 2 --dry-run",
        "studies",
        resumes=True,
    ),
    Command(
        "new",
        "write a commented study or sweep to start from",
        "Write studies/NAME.yaml or sweeps/NAME.yaml: a small one that runs as it is, and says\n"
        "what else it may say.",
        project.new,
        (
            Option("kind", choices=("study", "sweep"), help="study or sweep"),
            Option("name", help="of the file, without .yaml"),
            Option("--dataset", help="a name under `sets` (default: the first of `datasets`)"),
        ),
        "new study decay",
        "pipeline",
    ),
    Command(
        "claims",
        "gather the verdicts of all studies of a data set in claims.md",
        "Write reports/DATASET/claims.md and claims.json from the results of studies in\n"
        "reports/DATASET/studies, with p-values corrected for being many.",
        project.claims,
        (
            Option("dataset", help="a name under `sets` in params.yaml"),
            Flag(
                "--judge",
                help="judge the stored tables anew first, by the claims that the files have now",
            ),
        ),
        "claims mnist-5k",
        "studies",
    ),
    Command(
        "sweep",
        "search the hyperparameters of a model with Optuna",
        "Run sweeps/MODEL.yaml: its trials, then the best of them again with fresh seeds beside\n"
        "the defaults; tables and pictures in reports/DATASET/sweep/MODEL. Whatever interrupts\n"
        "it, the same command goes on where it stood.",
        project.sweep,
        (
            Option("model", help="a file of sweeps/, without .yaml: autoencoder or vae"),
            *MANY_RUNS,
            Option(
                "--trials",
                type=count,
                metavar="N",
                help="their number, instead of that in the file",
            ),
            Option(
                "--storage",
                metavar="URL",
                help="of Optuna: sqlite:///FILE (default: sweeps.sqlite in the run store), "
                "journal:FILE or a database such as postgresql+psycopg://USER@HOST/NAME",
            ),
            Flag(
                "--apply",
                help="write the winner into params.yaml; the sweep is done first if it has none",
            ),
            Option(
                "--import",
                action="store_true",
                dest="import_",
                help="put the committed trials.csv into Optuna's storage, for the dashboard; "
                "trains nothing",
            ),
            Flag(
                "--compare",
                help="do the sweep with 3 seeds, by random search with the same, and once without "
                "pruning",
            ),
        ),
        "sweep vae --workers 2 --apply",
        "sweeps",
        resumes=True,
    ),
    Command(
        "test-plugin",
        "check a plug-in: does it keep the contract of what it adds?",
        "Load a plug-in and check each thing that it adds, a line a check: shapes, gradients, the\n"
        "same bytes for the same seed, independence of the rest of the batch, and more, by its\n"
        "kind. A plug-in is code: it runs with all that you may do.",
        project.test_plugin,
        (
            Option(
                "plugin",
                metavar="FILE",
                help="a file that ends in .py, or the name of an installed one",
            ),
        ),
        "test-plugin examples/mixer.py",
        "pipeline",
    ),
)
