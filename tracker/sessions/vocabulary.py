"""The words in which a treatment session and its plan are described."""

from enum import StrEnum


class Modality(StrEnum):
    """What kind of needling it was."""

    DRY_NEEDLING = "dry_needling"
    ACUPUNCTURE = "acupuncture"
    OTHER = "other"


class Technique(StrEnum):
    """How the needles were used."""

    SUPERFICIAL = "superficial"
    DEEP = "deep"
    ELECTRICAL = "electrical"
    OTHER = "other"


class Side(StrEnum):
    """Which side of the body."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    MIDLINE = "midline"


class TwitchResponse(StrEnum):
    """Whether the muscle answered with a local twitch."""

    NONE = "none"
    PRESENT = "present"
    NOT_ASSESSED = "not_assessed"


class PostCare(StrEnum):
    """What was done once the needles were out."""

    MASSAGE = "massage"
    HEAT = "heat"
    NONE = "none"


class CoIntervention(StrEnum):
    """What else the visit held."""

    EXERCISE = "exercise"
    MANIPULATION = "manipulation"
    MANUAL_THERAPY = "manual_therapy"


class SessionStatus(StrEnum):
    """Whether the record of the session stands."""

    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered_in_error"
