"""A login-protected site as it runs in production: nothing in it knows CORS.

BACKEND_SCHEME says whether it is served over https or plain http, BACKEND_DB
where its database is, BACKEND_STORY which script its own pages load. With
BACKEND_STRICT it answers to localhost alone, as DEBUG has it, and its cookies
are such as only https can carry.
"""

import os

SECURE = os.environ["BACKEND_SCHEME"] == "https"
STORY = os.environ["BACKEND_STORY"]
STRICT = "BACKEND_STRICT" in os.environ

SECRET_KEY = "only for the tests"
DEBUG = False
ALLOWED_HOSTS = ["localhost"] if STRICT else ["*"]
ROOT_URLCONF = "backend.urls"
WSGI_APPLICATION = "backend.wsgi.application"
LOGIN_URL = "/accounts/login/"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "backend.middleware.seen",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "backend.middleware.same_origin_only",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["BACKEND_DB"],
        "OPTIONS": {"timeout": 30},
    }
}

SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_SAMESITE = "Lax"
if STRICT:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "None"
SECURE_HSTS_SECONDS = 3600 if SECURE else 0
X_FRAME_OPTIONS = "SAMEORIGIN"
