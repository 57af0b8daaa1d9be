"""Who decides, at the last moment, whether a message is still wanted."""

from collections.abc import Mapping

from tracker.alerts import notices
from tracker.delivery.service import Recheck
from tracker.delivery.states import Purpose
from tracker.reminders.recheck import recheck as recheck_reminder

RECHECK: Mapping[Purpose, Recheck] = {Purpose.ALERT: notices.recheck, Purpose.REMINDER: recheck_reminder}
