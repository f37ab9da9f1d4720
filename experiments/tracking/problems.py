"""What can go wrong with tracking; never a reason to lose results."""

from harmonize.errors import RadharmonyError


class TrackingError(RadharmonyError):
    """MLflow could not be reached or refused something; whatever is in the results folder is complete."""


class TrackingWarning(UserWarning):
    """A run goes on although MLflow does not record it as expected."""
