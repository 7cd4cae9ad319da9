"""Makes the database and the users. Run it once, with the environment that
backend.settings asks for, E2E_USERS with blanks between, and E2E_PASSWORD."""

import os

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.auth import get_user_model  # noqa: E402  (needs django.setup)

for name in os.environ["E2E_USERS"].split():
    get_user_model().objects.create_user(name, password=os.environ["E2E_PASSWORD"])
