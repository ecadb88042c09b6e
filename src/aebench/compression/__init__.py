"""Compression of images, lossy and lossless, by trained models and by picture formats."""
