"""The words in which an appointment is described."""

from enum import StrEnum


class AppointmentKind(StrEnum):
    """What an appointment is for."""

    TREATMENT = "treatment"
    FOLLOW_UP = "follow_up"


class AppointmentStatus(StrEnum):
    """Where an appointment stands."""

    BOOKED = "booked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


class Preparation(StrEnum):
    """What a patient is asked to do before an appointment."""

    LIGHT_MEAL = "light_meal"
    COMFORTABLE_CLOTHING = "comfortable_clothing"
    DISCLOSE_MEDICINES = "disclose_medicines"
    DISCLOSE_CONDITIONS = "disclose_conditions"
    ARRIVE_EARLY = "arrive_early"
