"""Distances of generated from real images by features of any net, N x D arrays.

Values by features of different nets do not compare, so columns are named after the net.
"""
