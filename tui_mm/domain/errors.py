"""What can go wrong, sorted by what the caller must do next."""


class DeskError(Exception):
    """Anything this product raises on purpose; its text is a sentence for the trader."""


class IllegalTransition(DeskError):
    """A fact does not fit the order it names; the order is kept as it was and must be looked up."""


class VenueError(DeskError):
    """A venue did not do what it was asked."""


class Refused(VenueError):
    """A definite no: forget the request."""


class FrameNotUnderstood(VenueError):
    """A message does not have a shape we know; what depends on it must stop."""


class NotProven(DeskError):
    """The venue has not shown that nothing of ours rests; look there before doing anything else."""
