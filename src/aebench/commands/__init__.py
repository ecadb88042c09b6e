"""Commands that apply a trained model to people's own images, a function each.

Parameters have the names of the command's options, which `model_commands.py` explains. Each
function checks all of its input before it computes, raises InputError where that is wrong, and
writes its output whole or not at all.
"""
