"""The exceptions that mean: the user's input is wrong."""


class InputError(Exception):
    """The user's input is wrong: one line that says what, where and what is allowed.

    The CLI prints it and exits with 2.
    """


class Diverged(InputError):
    """A training's loss became infinite or no number, and no weights from before are kept.

    To a pipeline that is a mistake in its settings; to a study it is a result.
    """
