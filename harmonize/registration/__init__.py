"""Rigid registration of a scan to the reference scan of its subject, and ROIs that are carried along."""

from harmonize.registration.registering import RefusedMotionError, Registered, Registration, register

__all__ = ["RefusedMotionError", "Registered", "Registration", "register"]
