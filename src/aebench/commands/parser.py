"""The commands on the command line: their options, and help that says what they mean.

Nothing heavy is imported before a command runs.
"""

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from aebench.commands.arguments import above_zero, at_least, positive

FIT = """\
Images come in any common format. They have the model's size (else: --resize) and channels
(else: --grey); grey ones serve a model of colour images, too. 16 bits are rounded to 8. They
should look like the images of the training: MNIST's digits are white on black."""
IMAGES = (
    """\
INPUT are files and folders. Folders are searched with all that is in them; what is no image by
its ending is passed over, a broken image is an error.
"""
    + FIT
)
NAMED = """\
OUTPUT is a folder, in which each image has the name that it had, with the ending .png; for a
single image it may be NAME.png."""
PICTURES = NAMED + " Folders within INPUT are kept."
NEVER = """\
All input is checked before anything is written. An OUTPUT that exists is left alone unless you
say --force. Exit codes: 0 done, 2 your input is wrong, 1 anything else."""


def add_commands(commands) -> None:
    """Add all of them to a parser's sub-commands."""
    for name, text, what, example in (
        (
            "reconstruct",
            "images through a model and back",
            "Encode images and decode them again: what the code keeps of them.",
            "reconstruct models/mnist-5k/autoencoder.safetensors digits -o reconstructed",
        ),
        (
            "denoise",
            "clean noisy images with a model",
            "Take noise from images: the reconstruction of a noisy image, which has too few\n"
            "numbers for the noise. Any model does this; one whose objective has a `corruption`\n"
            "like your noise, a denoising autoencoder, does it best.",
            "denoise models/mnist-5k/autoencoder.safetensors noisy -o clean",
        ),
    ):
        command = _command(commands, name, text, [what, IMAGES, PICTURES], example, "reconstruct")
        _add_inputs(command)

    encode = _command(
        commands,
        "encode",
        "images to their codes, in one file",
        [
            "Write the code of each image; of a VAE, the posterior's mean.",
            IMAGES,
            "OUTPUT ends in .npz (arrays `names` and `codes`, float32, N x length; for Python:\n"
            'numpy.load(OUTPUT)["codes"]) or in .csv (columns name, code_1, code_2, ...).',
        ],
        "encode models/mnist-5k/autoencoder.safetensors digits -o codes.npz",
        "encode",
    )
    _add_inputs(encode)

    decode = _command(
        commands,
        "decode",
        "codes to images",
        [
            "Write the image of each code in a file that `aebench encode` wrote, or that looks\n"
            "like it: change codes and see what becomes of the images.",
            NAMED,
        ],
        "decode models/mnist-5k/autoencoder.safetensors codes.npz -o decoded",
        "encode",
    )
    decode.add_argument("codes", type=Path, metavar="CODES", help="a file of codes, .npz or .csv")

    sample = _command(
        commands,
        "sample",
        "new images from a VAE",
        [
            "Draw images from a VAE's prior; an autoencoder has none to draw from.",
            "OUTPUT is a folder for sample-01.png, sample-02.png, ..., or NAME.png for one\n"
            "picture of all. The same seed and count give the same images in both.",
        ],
        "sample models/mnist-5k/vae.safetensors --count 64 --seed 1 -o samples.png",
        "sample",
    )
    sample.add_argument(
        "--count", type=positive, default=16, metavar="N", help="how many (default 16)"
    )
    _add_seed(sample)

    interpolate = _command(
        commands,
        "interpolate",
        "the way from one image to another, as a strip",
        [
            "Decode the codes on the way from one image's code to another's: left the\n"
            "reconstruction of the first, right that of the second. The way is straight, or with\n"
            "--arc part of a great circle, which keeps to the codes' usual length: for VAEs of\n"
            "many latents.",
            FIT,
            "OUTPUT is NAME.png.",
        ],
        "interpolate models/mnist-5k/vae.safetensors three.png eight.png -o strip.png",
        "interpolate",
    )
    for end, place in (("first", "left"), ("second", "right")):
        interpolate.add_argument(
            end, type=Path, metavar=end.upper(), help=f"the image whose reconstruction is {place}"
        )
    _add_fitting(interpolate)
    interpolate.add_argument(
        "--steps",
        type=at_least(2),
        default=10,
        metavar="N",
        help="images, both ends among them (default 10)",
    )
    interpolate.add_argument("--arc", action="store_true", help="on a great circle")

    score = _command(
        commands,
        "score",
        "how well a model knows each image, as a table",
        [
            "Write a line an image: the lower its numbers, the better the model knows such images.",
            "squared_error  of the reconstruction, summed over pixels in [0, 1];\n"
            "nll_nats       of a VAE, -log p(image) in nats, estimated with --samples draws (more\n"
            "               lower it towards the true value). To a VAE of black-and-white pixels\n"
            "               a grey value is the probability of white, which is drawn from --seed.",
            IMAGES,
            "OUTPUT is a CSV file.",
        ],
        "score models/mnist-5k/vae.safetensors digits -o scores.csv",
        "score",
    )
    _add_inputs(score)
    score.add_argument(
        "--samples",
        type=positive,
        default=200,
        metavar="N",
        help="importance samples for the likelihood of an image (default 200)",
    )
    _add_seed(score)

    compress = _command(
        commands,
        "compress",
        "images in one small file",
        [
            "Write a file that only this model reads. An autoencoder compresses with loss; a VAE\n"
            "without, where its likelihood is one of the grey values (beta-binomial,\n"
            "discretized-logistic), or of black and white (bernoulli) as its images are.",
            IMAGES,
            "OUTPUT is a file of any name.",
        ],
        "compress models/mnist-5k/autoencoder.safetensors digits -o digits.aeb",
        "compress",
    )
    _add_inputs(compress)
    compress.add_argument(
        "--step",
        type=above_zero,
        help="of an autoencoder: its codes are rounded to multiples of it (default 1); a larger "
        "one gives a smaller file and a larger error",
    )

    decompress = _command(
        commands,
        "decompress",
        "the images of a compressed file",
        [
            "Write the images of FILE into the folder OUTPUT, in their order: 00000.png,\n"
            "00001.png, ..."
        ],
        "decompress models/mnist-5k/autoencoder.safetensors digits.aeb -o digits",
        "compress",
    )
    decompress.add_argument(
        "file", type=Path, metavar="FILE", help="what `aebench compress` has written"
    )

    export = _command(
        commands,
        "export",
        "a model as ONNX, for programs without PyTorch",
        [
            "Write an ONNX file of one graph that takes and gives any number of images or codes\n"
            "at a time: float32, images in [0, 1], N x C x H x W. Needs aebench[onnx].",
            "--part reconstruct   images -> reconstructions\n"
            "--part encode        images -> codes\n"
            "--part decode        codes -> images",
            "OUTPUT is the ONNX file, of any name.",
        ],
        "export models/mnist-5k/autoencoder.safetensors --part encode -o encoder.onnx",
        "export",
    )
    export.add_argument(
        "--part",
        choices=("reconstruct", "encode", "decode"),
        default="reconstruct",
        help="which of its functions (default: reconstruct)",
    )


def _command(
    commands, name: str, text: str, paragraphs: list[str], example: str, module: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=text,
        description="\n\n".join([*paragraphs, NEVER]),
        epilog=f"example:\n  aebench {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "model", type=Path, metavar="MODEL", help="models/DATASET/autoencoder.safetensors, or vae"
    )
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUTPUT", help="where to, see above"
    )
    command.add_argument("--force", action="store_true", help="write over what is there")
    command.set_defaults(run=_run(module, name))
    return command


def _add_inputs(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "inputs", type=Path, nargs="+", metavar="INPUT", help="images and folders of them"
    )
    _add_fitting(command)


def _add_fitting(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--resize",
        action="store_true",
        help="scale images to the model's size; what is over on two sides is cut off",
    )
    command.add_argument(
        "--grey", action="store_true", help="turn colour into grey for a model of grey images"
    )


def _add_seed(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--seed", type=int, default=0, metavar="S", help="of what is drawn (default 0)"
    )


def _run(module: str, name: str) -> Callable[[argparse.Namespace], None]:
    def run(arguments: argparse.Namespace) -> None:
        options = {k: v for k, v in vars(arguments).items() if k not in ("command", "run")}
        getattr(importlib.import_module(f"aebench.commands.{module}"), name)(**options)

    return run
