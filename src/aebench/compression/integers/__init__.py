"""Bits back in integers alone: a file decodes to the same images on any machine.

docs/reference/compressed-files.md describes the format, so that others can read it, too.
"""
