"""`aebench compress` and `aebench decompress`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from aebench.errors import InputError
from aebench.files import written_whole


def add_compression(commands) -> None:
    compress = commands.add_parser(
        "compress",
        help="compress images with a trained model",
        description="An autoencoder compresses with loss; a VAE, of grey values or of black-and-"
        "white images, without. The file can be read with this model only.",
    )
    compress.add_argument("model", type=Path, help="e.g. models/mnist-5k/vae.safetensors")
    compress.add_argument(
        "inputs", type=Path, nargs="+", help="images of the model's size, or folders of them"
    )
    compress.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    compress.add_argument(
        "--step",
        type=_step,
        help="of an autoencoder: its codes are rounded to multiples of it (default 1); a larger "
        "one gives a smaller file and a larger error",
    )
    compress.set_defaults(run=_compress)
    decompress = commands.add_parser(
        "decompress",
        help="read the images of a compressed file",
        description="Write the images of FILE, in their order, as 00000.png, 00001.png, ...",
    )
    decompress.add_argument("model", type=Path, help="the model that FILE was compressed with")
    decompress.add_argument("file", type=Path, help="what `aebench compress` has written")
    decompress.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    decompress.set_defaults(run=_decompress)
    for command in (compress, decompress):
        command.add_argument("--force", action="store_true", help="overwrite what is there")


def _compress(arguments: argparse.Namespace) -> None:
    import numpy as np

    from aebench.compression.codec import compress, decompress
    from aebench.compression.pictures import read_images
    from aebench.models.saved import load

    _may_write([arguments.output], arguments.force)
    model = load(arguments.model)
    images = read_images(arguments.inputs, model.image_shape)
    file = compress(model, images, arguments.step)
    data = file.to_bytes()
    with written_whole(arguments.output) as temporary:
        temporary.write_bytes(data)
    rate = 8 * len(data) / images.size
    summary = f"{len(images)} images, {len(data)} bytes, {rate:.3f} bits per pixel"
    if file.codec == "lossy":
        error = images - decompress(model, file, str(arguments.output)).astype(float)
        summary += f", root mean squared error {np.sqrt(np.mean(error**2)):.1f} of 255"
    print(summary)


def _decompress(arguments: argparse.Namespace) -> None:
    from aebench.compression.codec import decompress
    from aebench.compression.container import Compressed
    from aebench.compression.pictures import write_png
    from aebench.models.saved import load

    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        raise InputError(f"{arguments.file}: {error.strerror}") from None
    file = Compressed.from_bytes(data, str(arguments.file))
    paths = [arguments.output / f"{n:05}.png" for n in range(file.count)]
    _may_write(paths, arguments.force)
    images = decompress(load(arguments.model), file, str(arguments.file))
    for path, image in zip(paths, images, strict=True):
        write_png(path, image)
    print(f"{file.count} images in {arguments.output}")


def _may_write(paths: Sequence[Path], force: bool) -> None:
    for path in paths:
        if path.exists() and not force:
            raise InputError(f"{path}: is there already; allowed: another name, or --force")


def _step(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not allowed; allowed: more than 0")
    return value
