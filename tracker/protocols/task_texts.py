"""What the tasks of a plan are called (English); no score and no number of water in them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskText:
    """Title and instructions of one step, as a patient reads them."""

    title: str
    instructions: str


_CHECK = "Say how sore the needled area is right now, and answer the question about warning signs."

TASK_TEXTS: Mapping[str, TaskText] = {
    "aftercare_card": TaskText("After your session", "Read what to expect today, and when to get help."),
    "alcohol_window": TaskText(
        "No alcohol", "Do not drink alcohol in this time. Drink other things as usual."
    ),
    "rest_of_day": TaskText(
        "Take it easy today", "No intense activity until midnight. Gentle movement is fine."
    ),
    "chest_check": TaskText(
        "How is your breathing?", "Answer the question about warning signs first. " + _CHECK
    ),
    "check_24h": TaskText("Check-in after a day", _CHECK),
    "second_look": TaskText("A second look", _CHECK),
    "check_48h": TaskText("Check-in after two days", _CHECK),
    "check_72h": TaskText("Check-in after three days", _CHECK),
    "infection_question": TaskText("Any warning signs?", "Answer the question about warning signs."),
    "check_day_7": TaskText("Check-in after a week", _CHECK),
    "hydration": TaskText("Drinks today", "Log what you drink, if you like."),
    "stretching": TaskText("Gentle stretching", "Stretch gently, as far as it is comfortable."),
    "appointment": TaskText("Your appointment", "Get ready for your visit."),
}

# What to do before an appointment, by what is ticked off (clinic's articles).
PREPARATION_TEXTS: Mapping[str, str] = {
    "light_meal": "Eat a light meal or a snack before, and nothing heavy.",
    "comfortable_clothing": "Wear loose, comfortable clothing, so that the area is easy to reach.",
    "disclose_medicines": "Tell your therapist which medicines you take, above all what thins the blood.",
    "disclose_conditions": "Tell your therapist about recent injuries, illnesses, allergies and pregnancy.",
    "arrive_early": "Come a few minutes early.",
}


def text_of(step_key: str) -> TaskText:
    """Return the words of a step; a step without words of its own shows its key."""
    return TASK_TEXTS.get(step_key, TaskText(step_key.replace("_", " "), ""))
