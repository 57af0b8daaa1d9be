"""The lines that a newcomer pastes into a shell: the whole loop, from signing in to the therapist's alert."""

from collections.abc import Iterator

from tracker.demo.acting_clinic import Therapist
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION, REQUIRED_CONSENTS

_CONSENTS = ",\n  ".join(
    f'{{"kind":"{kind}","document_version":"{CONSENT_DOCUMENT_VERSION}","status":"granted"}}'
    for kind in sorted(REQUIRED_CONSENTS)
)
NOW = "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'"
INVITATION = """{"kind":"patient","display_name":"Kim","channel":"email","address":"kim'$N'@example.org"}"""
ACTIVATION = f"""{{"code":"'$CODE'","installation_id":"shell","locale":"en","time_zone":"Europe/Berlin",
  "consents":[{_CONSENTS}]}}"""
SESSION = f"""{{"patient_id":"'$PATIENT'","modality":"dry_needling","technique":"deep",
  "body_areas":[{{"region":"lower_back","side":"left","needle_count":4}}],
  "ended_at":"{NOW}","time_zone":"Europe/Berlin","baseline_soreness":2}}"""
ALERTS = 'curl -sw "\\n" "$A/v1/alerts?status=open" -H "Authorization: Bearer $T"'
ALERT_ID = r"""sed 's/.*"id":"\([^"]*\)","patient":{"id":"'$PATIENT'".*/\1/'"""
CLOSED = """{"outcome":"reassured","note":"Telephoned: the fever has gone."}"""
CHECK_IN = f"""{{"recorded_at":"{NOW}","time_zone":"Europe/Berlin","soreness":5,"red_flags":["fever"]}}"""


def walkthrough(address: str, therapist: Therapist) -> Iterator[str]:
    """Return comments and commands for any POSIX shell with curl and sed; they may be pasted again and again."""
    yield f"# 1. {therapist.name} signs in, and sees who needs them most."
    yield f"A={address}; J='Content-Type: application/json'; N=$(date +%s)"
    sign_in = f'"grant_type":"password","email":"{therapist.email}","password":"{therapist.password}"'
    sign_in = f'{{"installation_id":"shell",{sign_in}}}'
    yield f"T=$(curl -s $A/v1/tokens -H \"$J\" \\\n  -d '{sign_in}' \\\n  | {_member('access_token')})"
    yield 'curl -sw "\\n" $A/v1/caseload -H "Authorization: Bearer $T"'
    yield "# 2. Invites a patient, who comes in with the code."
    yield f"I=$({_post('invitations', 'T', INVITATION)})"
    yield f'PATIENT=$(echo "$I" | {_member("patient_id")})'
    yield f'CODE=$(echo "$I" | {_member("activation_code")})'
    yield f"P=$(curl -s $A/v1/activations -H \"$J\" \\\n  -d '{ACTIVATION}' \\\n  | {_member('access_token')})"
    yield "# 3. Records a session that ended just now; the answer is the plan, and a first mail leaves."
    yield _post("sessions", "T", SESSION)
    yield "# 4. The patient is sore and has a fever: advice at once, an alert, a mail to the therapist."
    yield _post("check-ins", "P", CHECK_IN)
    yield ALERTS
    yield f"# 5. {therapist.name} telephones, and closes the alert with what came of it."
    yield f"ALERT=$({ALERTS} \\\n  | {ALERT_ID})"
    close = 'curl -sw "\\n" -X PUT $A/v1/alerts/$ALERT/resolution -H "$J" -H "Authorization: Bearer $T"'
    yield f"{close} \\\n  -d '{CLOSED}'"


def next_steps(mail: str) -> Iterator[str]:
    """Return what to look at afterwards, as comments, so that it may be pasted with the rest."""
    yield "# Next:"
    yield f"#   the mails that left        {mail}"
    yield "#   the lines above explained  docs/walk-through.md, with what comes before and after a session"
    yield "#   a whole week in a minute   make demo"
    yield "#   a clinic of your own       docs/clinic.md"


def _post(path: str, token: str, body: str) -> str:
    key = f'-H "Idempotency-Key: {path}-$N"'
    return (
        f'curl -sw "\\n" $A/v1/{path} -H "$J" -H "Authorization: Bearer ${token}" {key} \\\n  -d \'{body}\''
    )


def _member(name: str) -> str:
    return f"""sed 's/.*"{name}":"\\([^"]*\\)".*/\\1/'"""
