"""The Recovery Tracker: a REST backend that follows patients through the days after dry needling."""

from tracker.app import create_app

__all__ = ["create_app"]
