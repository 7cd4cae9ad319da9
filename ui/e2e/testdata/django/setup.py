"""Makes the database and the one user. Run it once, with the environment that
backend.settings asks for and E2E_USER and E2E_PASSWORD."""

import os

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.auth import get_user_model  # noqa: E402  (needs django.setup)

get_user_model().objects.create_user(os.environ["E2E_USER"], password=os.environ["E2E_PASSWORD"])
