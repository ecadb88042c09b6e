"""What a person does with a trained model and images of their own: a command a function.

Parameters bear the names of the command's options; `commands.py` says what they mean. Each checks
all that it is given before it computes, raises InputError where that is wrong, and writes its
output whole or not at all.
"""
