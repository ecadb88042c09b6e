"""Likelihoods of pixels, p(x|z), whose parameters are the decoder's outputs.

Each module has `maps`, the number of parameters per pixel; `grey`, whether it is a likelihood of
grey values instead of 0 and 1; `nll(outputs, images)`, -log p of each pixel, ... x C x H x W; and
`mean(outputs)`, the image to show, in [0, 1]. `outputs` are ... x (maps C) x H x W, ordered by
parameter, then by channel; images are float in [0, 1]. Where an image's sum of `nll` is to be had
faster, there is `image_nll(outputs, images)`, too, of the shape ... . A density on [0, 1], whose
nll is no number of bits, says so by `density = True`.
"""
