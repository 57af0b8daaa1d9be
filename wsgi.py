"""The WSGI entry point: ``granian --interface wsgi wsgi:app`` or ``gunicorn wsgi:app``."""

import sys

from tracker import create_app
from tracker.config import SettingRefused

try:
    app = create_app()
except SettingRefused as refusal:
    sys.exit(str(refusal))
