"""The one exception that means: the user's input is wrong."""


class InputError(Exception):
    """The user's input is wrong: one line that says what, where and what is allowed.

    The CLI prints it and exits with 2.
    """
