"""Metrics of trained models, as functions of models, images, codes or features."""
