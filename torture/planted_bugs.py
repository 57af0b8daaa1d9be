"""The bugs that are planted: each is one edit of the source, and the tests that must not let it pass.

They are the mistakes of trusted engines and of first drafts. Who changes the source that is named here changes
the edit too: `make test` tells when an edit does not fit any more.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """One mistake: in this file the old text becomes the new one."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    only: str = ""  # narrows the tests, as pytest's -k


_SERVICE, _STATEMENTS = "tracker/delivery/service.py", "tracker/delivery/statements.py"
_CLAIMS, _HAND_OVER = "tests/delivery/test_claims.py", "tests/delivery/test_hand_over.py"
_DISPATCH = "tests/jobs/test_dispatch.py"
_IN_FLIGHT = "tests/reminders/test_withdrawn_in_flight.py"

BUGS = (
    Bug(
        "marked as sent before it is sent",
        _STATEMENTS,
        ".values(state=State.SENDING, reason=None)",
        '.values(state="accepted", reason="accepted", ended_at=bindparam("ended"), **_NO_OWNER)',
        (f"{_CLAIMS}::test_a_hand_over_whose_worker_died_is_unknown",),
        only="sqlite",
    ),
    Bug(
        "no fence: whoever answers last decides",
        _STATEMENTS,
        """        Dispatch.id == bindparam("row_id"),
        Dispatch.claim_token == bindparam("token"),
        Dispatch.state == State.SENDING,
""",
        """        Dispatch.id == bindparam("row_id"),
        or_(Dispatch.claim_token == bindparam("token"), Dispatch.ended_at.is_(None)),
        Dispatch.state == State.SENDING,
""",
        (f"{_HAND_OVER}::test_an_answer_after_the_lease_touches_only_its_attempt",),
        only="sqlite",
    ),
    Bug(
        "one token for all claims of a worker",
        _SERVICE,
        "    token = ids.new_id()\n    claimed = ",
        "    token = owner\n    claimed = ",
        (f"{_CLAIMS}::test_a_claim_that_was_lost_begins_nothing",),
        only="sqlite",
    ),
    Bug(
        "the name of the machine as the worker's id",
        "tracker/jobs/worker.py",
        "        worker_id=ids.new_id(),\n",
        '        worker_id=__import__("uuid").uuid5(__import__("uuid").NAMESPACE_DNS, os.uname().nodename),\n',
        ("tests/jobs/test_worker_process.py::test_a_worker_shows_that_it_lives",),
        only="sqlite",
    ),
    Bug(
        "the trust window starts after the claim",
        "tracker/jobs/dispatch.py",
        """        window, patience = TrustWindow(self._trust), TrustWindow(self._patience)
        claimed, claims = self._claim(purpose, tally)
""",
        """        claimed, claims = self._claim(purpose, tally)
        window, patience = TrustWindow(self._trust), TrustWindow(self._patience)
""",
        (f"{_DISPATCH}::test_a_pause_during_the_claim_begins_no_hand_over",),
        only="sqlite",
    ),
    Bug(
        "a hand-over begins without the patient's lock",
        "tracker/jobs/dispatch.py",
        "        patients.hold_patient(patient_id)\n",
        "",
        (f"{_DISPATCH}::test_a_pause_while_waiting_for_the_patient_begins_no_hand_over",),
        only="sqlite",
    ),
    Bug(
        "not-after is not looked at for a repetition",
        _SERVICE,
        "    if row.not_after <= now:\n",
        "    if row.not_after <= now and not earlier:\n",
        ("tests/delivery/test_last_moment.py",),
        only="sqlite",
    ),
    Bug(
        "a repetition is planned that cannot end in time",
        "tracker/delivery/rules/retry.py",
        "    return again if again <= last_start else None\n",
        "    return again\n",
        ("tests/delivery/rules/test_retry.py",),
    ),
    Bug(
        "the provider is not told when to drop the message",
        "tracker/delivery/channels/mail.py",
        '    mail["Expires"] = format_datetime(message.not_after)\n',
        "",
        ("tests/delivery/test_mail.py::test_a_mail_carries_its_key_and_its_last_moment",),
    ),
    Bug(
        "a push service is not told when to drop the message",
        "tracker/delivery/channels/web_push.py",
        "left = min(message.seconds_left, LONGEST_TTL_SECONDS)",
        "left = LONGEST_TTL_SECONDS",
        ("tests/delivery/test_web_push.py::test_nobody_keeps_a_message_longer_than_it_is_wanted",),
    ),
    Bug(
        "a phone's provider keeps every message for four weeks",
        "tracker/delivery/channels/fcm.py",
        "left = min(message.seconds_left, LONGEST_TTL_SECONDS)",
        "left = LONGEST_TTL_SECONDS",
        ("tests/delivery/test_fcm.py::test_nobody_keeps_a_message_longer_than_it_is_wanted",),
    ),
    Bug(
        "a text message is kept as long as the service can",
        "tracker/delivery/channels/sms.py",
        '"ValidityPeriod": str(min(max(left, 1), LONGEST_VALIDITY_SECONDS)),',
        '"ValidityPeriod": str(max(left, LONGEST_VALIDITY_SECONDS)),',
        ("tests/delivery/test_sms.py::test_the_service_keeps_a_message_no_longer_than_it_is_wanted",),
    ),
    Bug(
        "one channel that fails shuts them all",
        "tracker/jobs/exits.py",
        "self._breakers = {name: Breaker() for name in channels}",
        "self._breakers = dict.fromkeys(channels, Breaker())",
        ("tests/delivery/test_several_ways.py",),
        only="sqlite",
    ),
    Bug(
        "a provider that asks for a pause is asked again at once",
        "tracker/delivery/rules/breaker.py",
        "wish = timedelta(seconds=result.retry_after_seconds or 0)",
        "wish = timedelta(0)",
        ("tests/delivery/rules/test_breaker.py",),
    ),
    Bug(
        "a pause that one worker was asked for is forgotten by the others",
        "tracker/delivery/results.py",
        "not_again_before=retry.wish(result.retry_after_seconds, now),",
        "not_again_before=None,",
        ("tests/delivery/test_several_ways.py::test_another_worker_keeps_the_pause_that_was_asked_for",),
    ),
    Bug(
        "what only a worker outside can send ends here",
        "tracker/delivery/rules/routes.py",
        "route.channel in channels and not tried.refused",
        "False and not tried.refused",
        ("tests/jobs/test_waiting.py",),
    ),
    Bug(
        "what waits for a resumed clinic stays where it is",
        "tracker/delivery/pauses.py",
        "return aside + _mark(_BACK, asked)",
        "return aside",
        ("tests/jobs/test_waiting.py",),
    ),
    Bug(
        "a worker that is continued after a pause ends itself",
        "tracker/jobs/worker.py",
        "    signal.sigwait(STOP_SIGNALS)\n",
        "    while signal.sigtimedwait(STOP_SIGNALS, LOOK_SECONDS) is None:\n        continue\n",
        ("tests/jobs/test_worker_process.py::test_a_worker_that_is_paused_and_continued_goes_on",),
    ),
    Bug(
        "only the first address behind a name is checked",
        "tracker/delivery/channels/outbound.py",
        "all(is_public(address) for address in addresses)",
        "is_public(addresses[0])",
        ("tests/delivery/test_outbound.py::test_a_name_that_leads_inside_is_refused",),
    ),
    Bug(
        "consent is checked only when a reminder is planned",
        "tracker/reminders/standing.py",
        "consent_given=patient.consents,",
        "consent_given=True,",
        (_IN_FLIGHT,),
        only="sqlite and withdraw_consent",
    ),
    Bug(
        "an answered check is known only when a reminder is planned",
        "tracker/reminders/standing.py",
        "task_completed=task_status not in (None, StoredStatus.OPEN),",
        "task_completed=False,",
        (_IN_FLIGHT,),
        only="sqlite and log",
    ),
    Bug(
        "a reminder of a session that has moved is still sent",
        "tracker/reminders/standing.py",
        "return prompt.generation == anchor.generation",
        "return True",
        (_IN_FLIGHT,),
        only="sqlite and move",
    ),
    Bug(
        "quiet hours are looked at only when a reminder is planned",
        "tracker/reminders/rules/due.py",
        "    if held := _hold_in_quiet_hours(facts, now):\n"
        "        return held if isinstance(held, Defer) else _merge(facts, now) or held\n",
        "",
        (_IN_FLIGHT,),
        only="sqlite and make_quiet",
    ),
    Bug(
        "claims are not counted before the work",
        _STATEMENTS,
        "        claims=Dispatch.claims + 1,\n",
        "        claims=Dispatch.claims,\n",
        (f"{_CLAIMS}::test_a_row_that_keeps_losing_its_workers_dies_with_a_reason",),
        only="sqlite",
    ),
    Bug(
        "claims look first and take afterwards",
        _STATEMENTS,
        '        .with_for_update(skip_locked=True)\n        .cte("due")',
        '        .cte("due")',
        (f"{_CLAIMS}::test_workers_never_share_a_row",),
        only="postgresql",
    ),
    Bug(
        "what was unwanted a moment ago ends though it is wanted again",
        "tracker/delivery/first_look.py",
        "certain = look([claim.dispatch_id for claim in under_lock], now) if under_lock else {}",
        "certain = {claim.dispatch_id: suspected[claim.dispatch_id] for claim in under_lock}",
        ("tests/delivery/test_first_look.py::test_what_is_wanted_again_under_the_lock_does_not_end",),
        only="sqlite",
    ),
    Bug(
        "a day later by the wall clock instead of 24 hours",
        "tracker/local_time/windows.py",
        "    return anchor.astimezone(UTC) + timedelta(minutes=minutes)\n",
        "    return (anchor + timedelta(minutes=minutes)).astimezone(UTC)\n",
        ("tests/local_time/test_windows.py::test_hours_after_a_session_are_elapsed_hours",),
    ),
    Bug(
        "quiet hours compare what the clock on the wall shows",
        "tracker/local_time/quiet.py",
        "    return next((span for span in spans if span.contains(instant)), None)\n",
        """    def wall(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    return next((span for span in spans if wall(span.opens) <= wall(instant) < wall(span.closes)), None)
""",
        ("tests/local_time/test_quiet.py",),
    ),
    Bug(
        "a plain BEGIN on SQLite",
        "tracker/db.py",
        '"BEGIN IMMEDIATE" if "write" in options else "BEGIN"',
        '"BEGIN"',
        ("tests/database/test_write_lock.py",),
        only="sqlite",
    ),
    Bug(
        "what the provider calls a duplicate counts as a failure",
        _SERVICE,
        "ACCEPTED = frozenset({AttemptOutcome.ACCEPTED, AttemptOutcome.DUPLICATE})",
        "ACCEPTED = frozenset({AttemptOutcome.ACCEPTED})",
        (f"{_HAND_OVER}::test_an_accepted_message_is_over",),
        only="sqlite",
    ),
    Bug(
        "every repetition has a key of its own",
        _SERVICE,
        'return ids.derive(sender.secret_key, "send", str(row.id), route.channel, route.address)',
        'return ids.derive(sender.secret_key, "send", str(row.id), route.channel, str(row.claim_token))',
        (f"{_HAND_OVER}::test_every_repetition_is_equal_to_the_byte",),
        only="sqlite",
    ),
    Bug(
        "a late acceptance is not believed",
        _SERVICE,
        "    if any(attempt.outcome in ACCEPTED for attempt in earlier):\n",
        "    if False:\n",
        (f"{_HAND_OVER}::test_a_late_acceptance_closes_the_row_without_a_second_send",),
        only="sqlite",
    ),
    Bug(
        "a receipt may move backwards",
        "tracker/delivery/results.py",
        "            or_(DeliveryAttempt.receipt.is_(None), DeliveryAttempt.receipt.in_(earlier)),\n",
        "            DeliveryAttempt.id == attempt_id,\n",
        ("tests/engine/test_outside_worker.py::test_a_receipt_only_moves_forward",),
        only="sqlite",
    ),
    Bug(
        "pauses between tries are not spread",
        "tracker/delivery/rules/retry.py",
        "again = now + longest_pause(attempts) * fraction\n",
        "again = now + longest_pause(attempts)\n",
        ("tests/delivery/rules/test_retry.py",),
    ),
    Bug(
        "the trail is written outside the transaction of its deed",
        "tracker/audit/service.py",
        "    connection.execute(_APPEND, event | {",
        '    connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")\n'
        "    connection.execute(_APPEND, event | {",
        ("tests/people/test_trail.py",),
        only="postgresql",
    ),
    Bug(
        "a pause by an operator is seen only when a message is claimed",
        _SERVICE,
        "Wait(now, Reason.PAUSED) if paused else _decide(row, earlier, last_look, now)",
        "_decide(row, earlier, last_look, now)",
        ("tests/delivery/test_last_moment.py::test_a_pause_is_seen_at_the_last_moment",),
        only="sqlite",
    ),
    Bug(
        "an outside worker that lost a message is told it again",
        _SERVICE,
        "row.state != State.SENDING or row.claim_token != claim.token:",
        "row.state != State.SENDING:",
        (
            "tests/engine/test_outside_worker.py"
            "::test_who_has_lost_a_message_is_not_told_it_when_another_has_begun",
        ),
        only="sqlite",
    ),
    Bug(
        "a worker trusts a wall clock that was set back",
        "tracker/jobs/deadlines.py",
        "max(clock.monotonic() - self._monotonic, by_wall)",
        "by_wall",
        (f"{_DISPATCH}::test_trust_ends_though_the_wall_clock_stands_still",),
    ),
    Bug(
        "the rules of the alerts look before the patient's lock is taken",
        "tracker/recovery/check_ins.py",
        "    patient = patients.lock_visible_patient(actor, patient_id)\n",
        "    patient = patients.get_visible_patient(actor, patient_id)\n",
        (
            "tests/alerts/test_alert_race.py::test_barrier_started_pairs_of_check_ins_raise_exactly_one_alert_each",
        ),
        only="postgresql",
    ),
    Bug(
        "a feed goes on behind the newest id instead of the newest change",
        "tracker/outcomes/feed.py",
        "columns = (changes.c.sync_seq, changes.c.kind, changes.c.id)",
        "columns = (changes.c.id, changes.c.kind, changes.c.id)",
        ("tests/outcomes/test_home_flow.py",),
        only="sqlite",
    ),
    Bug(
        "a refresh whose answer was lost signs out",
        "tracker/people/sign_in.py",
        "if now - stored.rotated_at <= REFRESH_GRACE:",
        "if now < stored.rotated_at:",
        ("tests/api/test_tokens.py::test_a_lost_answer_can_be_asked_for_again_for_30_seconds",),
        only="sqlite",
    ),
    Bug(
        "every digit of Unicode makes a number",
        "tracker/config.py",
        "raw.isascii() and raw.isdigit() and len(raw) < 10",
        "raw.isdigit() and len(raw) < 10",
        ("tests/config/test_settings.py",),
    ),
    Bug(
        "what belongs to another is told apart from what is not there",
        "tracker/people/patients.py",
        """    if patient is None or not may_see(
        actor, patient_id=patient.id, clinic_id=patient.clinic_id, therapist_id=patient.therapist_id
    ):
        raise NotFound
""",
        """    if patient is None:
        raise NotFound
    if not may_see(
        actor, patient_id=patient.id, clinic_id=patient.clinic_id, therapist_id=patient.therapist_id
    ):
        raise NotFound("This is somebody else's.")
""",
        ("tests/access/test_access_matrix.py::test_everybody_reads_what_the_table_says_and_nothing_more",),
        only="sqlite",
    ),
)
