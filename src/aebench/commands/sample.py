"""`aebench sample`: new images from a VAE's prior."""

import math
from pathlib import Path

import torch

from aebench.commands.output_images import (
    check_pictures,
    is_picture,
    tiled,
    write_picture,
    write_pictures,
)
from aebench.commands.trained import BATCH_SIZE, load_vae
from aebench.core.memory import FLOAT, needs_memory
from aebench.core.progress import bar, counted, note
from aebench.core.seeding import seeded


def sample(model: str, output: Path, count: int, seed: int, force: bool) -> None:
    check_pictures(output, force)
    vae = load_vae(model)
    # The parts and, for a moment, the whole.
    needs_memory(2 * FLOAT * count * math.prod(vae.image_shape), f"--count {count}")
    parts = []
    with torch.no_grad(), bar(total=count, desc="sample") as progress:
        for start in range(0, count, BATCH_SIZE):
            size = min(BATCH_SIZE, count - start)
            with seeded(seed, "sample", start):
                parts.append(vae.sample(size))
            progress.update(size)
    images = torch.cat(parts)
    if is_picture(output):
        write_picture(output, tiled(images, columns=math.ceil(count**0.5)))
    else:
        digits = len(str(count))
        names = [f"sample-{i:0{digits}}.png" for i in range(1, count + 1)]
        write_pictures(output, names, images)
    note(f"{counted(count, 'image')} written to {output}")
