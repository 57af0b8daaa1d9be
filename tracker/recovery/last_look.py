"""Who decides whether a message is still wanted: as it is claimed, and at the last moment."""

from collections.abc import Mapping

from tracker.alerts import notices
from tracker.delivery.first_look import FirstLook
from tracker.delivery.service import Recheck
from tracker.delivery.states import Purpose
from tracker.reminders.first_look import find_unwanted as find_unwanted_reminders
from tracker.reminders.recheck import recheck as recheck_reminder

RECHECK: Mapping[Purpose, Recheck] = {Purpose.ALERT: notices.recheck, Purpose.REMINDER: recheck_reminder}
FIRST_LOOK: Mapping[Purpose, FirstLook] = {
    Purpose.ALERT: notices.find_unwanted,
    Purpose.REMINDER: find_unwanted_reminders,
}
