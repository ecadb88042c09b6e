"""Likelihoods of pixels, p(x|z), whose parameters a decoder gives.

Each has `maps`, how many parameters a pixel has; `grey`, whether it is one of grey values and not
of 0 and 1; `nll(outputs, images)`, -log p of each pixel, ... x C x H x W; and `mean(outputs)`, the
image that is shown for them, in [0, 1]. `outputs` are ... x (maps C) x H x W as the decoder gives
them, one parameter of all channels after the other; images are float in [0, 1].
"""
