"""The commands that use a trained model: their options, and help that says what they mean.

The names of a command's options are the parameters of its function.
"""

from aebench.commands.arguments import above_zero, count, count_from_2, model, path, rate, seed
from aebench.commands.command import Command, Exclusive, Flag, Option, lazily

FIT = """\
Images come in any common format. They have the model's size (else: --resize) and channels
(else: --grey); grey ones serve a model of colour images, too. 16 bits are rounded to 8. They
should look like the images of the training: MNIST's digits are white on black."""
IMAGES = (
    """\
INPUT are files and folders. Folders are searched with all that is in them; what is no image by
its ending is passed over, a broken image is an error. data:mnist/test is a part of a data set
of the project: train, validation or test; its images are named by their numbers from 0.
"""
    + FIT
)
NAMED = """\
OUTPUT is a folder, in which each image has the name that it had, with the ending .png; for a
single image it may be NAME.png."""
PICTURES = NAMED + " Folders within INPUT are kept."
ATOMIC = """\
All input is checked before anything is written. An OUTPUT that exists is left alone unless you
say --force."""

INPUTS = Option(
    "inputs",
    type=path,
    nargs="+",
    metavar="INPUT",
    help="images and folders of them, or data:DATASET/PART",
)
FITTING = (
    Flag("--resize", help="scale images to the model's size; what is over on two sides is cut off"),
    Flag("--grey", help="turn colour into grey for a model of grey images"),
    Option(
        "--range",
        type=float,
        nargs=2,
        metavar=("BLACK", "WHITE"),
        help="the numbers in the files that mean black and white, as `range` of the data set has "
        "them: 0 4095 for 12 bits (default: 0 and the largest of 8 or 16 bits)",
    ),
)
SEED = Option("--seed", type=seed, default=0, metavar="S", help="of the random numbers (default 0)")
AUTOENCODER, VAE = (f"models/mnist-5k/{name}.safetensors" for name in ("autoencoder", "vae"))


def _command(
    name: str,
    summary: str,
    *paragraphs: str,
    example: str,
    module: str,
    options: tuple[Option | Exclusive, ...],
    extra: str | None = None,
) -> Command:
    """A command with the options that all of these have."""
    shared = (
        Option(
            "model",
            type=model,
            metavar="MODEL",
            help="a name that `aebench models` lists, or the path of a saved model",
        ),
        Option(
            "-o",
            "--output",
            type=path,
            required=True,
            metavar="OUTPUT",
            help="the file or folder to write, see above",
        ),
        Flag("--force", help="write over an OUTPUT that exists"),
    )
    return Command(
        name,
        summary,
        "\n\n".join([*paragraphs, ATOMIC]),
        lazily(f"aebench.commands.{module}", name),
        (*shared, *options),
        f"{name} {example}",
        extra,
    )


MODEL_COMMANDS = (
    Command(
        "models",
        "list the trained models, by the names that the commands take",
        """\
List the trained models: those that come with the package, and those of the project. Every command
that takes a MODEL takes these names, and so does aebench.load in Python:

mnist-vae                         a model that comes along; its card: docs/reference/models.md
pipeline:vae                      what the pipeline has chosen, here models/DATASET/vae.safetensors
pipeline:finetune/scratch-seed-1  a run of one of its stages
study:likelihood/vampprior/0      a cell of a study: the levels that tell it from others, its seed
sweep:vae/0                       the winner of a sweep, trained with a seed of the selection

The data set is the first of `datasets` in params.yaml; others stand behind a name: @mnist. What
of a study is not trained is said on standard error, with the command that trains it.""",
        lazily("aebench.commands.models", "models"),
    ),
    _command(
        "save",
        "a trained model as a file of its own, which every command takes",
        "Write the weights to OUTPUT, which ends in .safetensors, and what the model is to a\n"
        ".json beside it. Together they are all that it takes to use the model elsewhere, save\n"
        "for the plug-ins that it needs.",
        example="study:likelihood/vampprior/0 -o vampprior.safetensors",
        module="save",
        options=(),
    ),
    _command(
        "reconstruct",
        "images through a model and back",
        "Encode images and decode them again: what the code keeps of them.",
        IMAGES,
        PICTURES,
        example=f"{AUTOENCODER} digits -o reconstructed",
        module="reconstruct",
        options=(INPUTS, *FITTING),
    ),
    _command(
        "denoise",
        "clean noisy images with a model",
        "Take noise from images: the reconstruction of a noisy image, which has too few\n"
        "numbers for the noise. Any model does this; one whose objective has a `corruption`\n"
        "like your noise, a denoising autoencoder, does it best.",
        IMAGES,
        PICTURES,
        example=f"{AUTOENCODER} noisy -o clean",
        module="reconstruct",
        options=(INPUTS, *FITTING),
    ),
    _command(
        "encode",
        "images to their codes, in one file",
        "Write the code of each image; of a VAE, the posterior's mean.",
        IMAGES,
        "OUTPUT ends in .npz (arrays `names` and `codes`, float32, N x length; for Python:\n"
        'numpy.load(OUTPUT)["codes"]) or in .csv (columns name, code_1, code_2, ...). Images of\n'
        "a data set with labels have them there, too: `labels`, or the column label.",
        example=f"{AUTOENCODER} digits -o codes.npz",
        module="encode",
        options=(INPUTS, *FITTING),
    ),
    _command(
        "decode",
        "codes to images",
        "Write the image of each code in a file that `aebench encode` wrote, or that looks\n"
        "like it: change codes and see what becomes of the images.",
        NAMED,
        example=f"{AUTOENCODER} codes.npz -o decoded",
        module="encode",
        options=(
            Option("codes", type=path, metavar="CODES", help="a file of codes, .npz or .csv"),
        ),
    ),
    _command(
        "sample",
        "new images from a VAE",
        "Draw images from a VAE's prior; an autoencoder has none to draw from.",
        "OUTPUT is a folder for sample-01.png, sample-02.png, ..., or NAME.png for one\n"
        "picture of all. The same seed and count give the same images in both.",
        example=f"{VAE} --count 64 --seed 1 -o samples.png",
        module="sample",
        options=(
            Option("--count", type=count, default=16, metavar="N", help="of images (default 16)"),
            SEED,
        ),
    ),
    _command(
        "interpolate",
        "the way from one image to another, as a strip",
        "Decode the codes on the way from one image's code to another's: left the\n"
        "reconstruction of the first, right that of the second. The way is straight, or with\n"
        "--arc part of a great circle, which keeps to the codes' usual length: for VAEs of\n"
        "many latents.",
        FIT,
        "OUTPUT is NAME.png.",
        example=f"{VAE} three.png eight.png -o strip.png",
        module="interpolate",
        options=(
            Option("first", type=path, metavar="FIRST", help="the image at the left end"),
            Option("second", type=path, metavar="SECOND", help="the image at the right end"),
            *FITTING,
            Option(
                "--steps",
                type=count_from_2,
                default=10,
                metavar="N",
                help="images, both ends among them (default 10)",
            ),
            Flag("--arc", help="on a great circle"),
        ),
    ),
    _command(
        "score",
        "how well a model knows each image, as a table",
        "Write a line an image: the lower its numbers, the better the model knows such images.",
        "squared_error  of the reconstruction, summed over pixels in [0, 1];\n"
        "nll_nats       of a VAE, -log p(image) in nats, estimated with --samples draws (more\n"
        "               lower it towards the true value). To a VAE of black-and-white pixels\n"
        "               a grey value is the probability of white, which is drawn from --seed.",
        "With --false-alarms 0.05 it prints the threshold of each score that 5 % of normal\n"
        "images exceed, and marks the images above it: 1 in the columns squared_error_anomalous\n"
        "and nll_nats_anomalous. Normal are the validation images of the model's data set, of\n"
        "the classes that its training has seen, or those of --normal.",
        IMAGES,
        "OUTPUT is a CSV file. With --maps, DIR gets a picture an image: each pixel's share of\n"
        "the squared error, black where there is none. White is the same in all of them, the\n"
        "largest there is, so that anomalous images are brighter.",
        example="pipeline:vae parts -o scores.csv --false-alarms 0.01 --maps maps",
        module="score",
        options=(
            INPUTS,
            *FITTING,
            Option(
                "--samples",
                type=count,
                default=200,
                metavar="N",
                help="importance samples for the likelihood of an image (default 200)",
            ),
            SEED,
            Option(
                "--false-alarms",
                type=rate,
                metavar="RATE",
                help="mark anomalous images; of normal ones this share is marked, too",
            ),
            Option(
                "--normal",
                type=path,
                nargs="+",
                metavar="INPUT",
                help="normal images that training has not seen (default: the validation images of "
                "the model's data set)",
            ),
            Option("--maps", type=path, metavar="DIR", help="a folder for pictures of the errors"),
        ),
    ),
    _command(
        "compress",
        "images in one small file",
        "Write a file that only this model reads. An autoencoder compresses with loss; a VAE\n"
        "without, where its likelihood is one of the grey values (beta-binomial,\n"
        "discretized-logistic), or of black and white (bernoulli) as its images are.",
        "A file without loss opens on any machine that has the model: nets and probabilities\n"
        "are computed in integers. Where a part of a model has no form in integers, compress\n"
        "says so, and only the same kind of machine and version of torch opens the file.",
        IMAGES,
        "OUTPUT is a file of any name. It has the names of files and folders, too, with the\n"
        "ending .png.",
        example=f"{AUTOENCODER} digits -o digits.aeb",
        module="compress",
        options=(
            INPUTS,
            *FITTING,
            Option(
                "--step",
                type=above_zero,
                help="of an autoencoder: its codes are rounded to multiples of it (default 1); a "
                "larger one gives a smaller file and a larger error",
            ),
        ),
    ),
    _command(
        "decompress",
        "the images of a compressed file",
        "Write the images of FILE into the folder OUTPUT, with the names of the files that they\n"
        "came from; those of a part of a data set in their order: 000.png, 001.png, ...",
        example=f"{AUTOENCODER} digits.aeb -o digits",
        module="compress",
        options=(
            Option("file", type=path, metavar="FILE", help="a file that `aebench compress` wrote"),
        ),
    ),
    _command(
        "export",
        "a model as ONNX, for programs without PyTorch",
        "Write an ONNX file of one graph that takes and gives any number of images or codes\n"
        "at a time: float32, images in [0, 1], N x C x H x W. Needs the extra `onnx`.",
        "--part reconstruct   images -> reconstructions\n"
        "--part encode        images -> codes\n"
        "--part decode        codes -> images",
        "OUTPUT is the ONNX file, of any name.",
        example=f"{AUTOENCODER} --part encode -o encoder.onnx",
        module="export",
        options=(
            Option(
                "--part",
                choices=("reconstruct", "encode", "decode"),
                default="reconstruct",
                help="which of its functions (default: reconstruct)",
            ),
        ),
        extra="onnx",
    ),
)
