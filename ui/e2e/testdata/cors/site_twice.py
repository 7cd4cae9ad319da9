"""One site twice: as it is, and behind django-cors-headers with the settings of a
file. CORS_SITES names a port for each: PORT=FILE, or PORT= for the site as it is."""

import os
import runpy

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, JsonResponse
from django.test import override_settings
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG=False,
    INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for the tests",
)
django.setup()

plain = WSGIHandler()
with override_settings(MIDDLEWARE=["corsheaders.middleware.CorsMiddleware", *settings.MIDDLEWARE]):
    opened = WSGIHandler()

sites = {}
for site in os.environ["CORS_SITES"].split():
    port, _, file = site.partition("=")
    sites[port] = file and {k: v for k, v in runpy.run_path(file).items() if k.isupper()}


def application(environ, start_response):
    """Serves one request at a time: the settings are the process's."""
    chosen = sites[environ["SERVER_PORT"]]
    if not chosen:
        return plain(environ, start_response)
    with override_settings(**chosen):
        return opened(environ, start_response)


def answer(request, status=200, **headers):
    response = JsonResponse({"ok": True}, status=status)
    response["X-Total-Count"] = "5"
    response["Link"] = '</api/plain?page=2>; rel="next"'
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def private(request):
    """Wants a login, as most backends do, of preflights too."""
    return answer(request, 200 if "sessionid" in request.COOKIES else 401)


def empty(request, status):
    return HttpResponse(status=status)


urlpatterns = [
    path("api/plain", answer),
    path("api/private", private),
    path("api/vary", answer, {"Vary": "Accept-Language, Cookie"}),
    path("api/vary-origin", answer, {"Vary": "Accept, origin"}),
    path("api/vary-star", answer, {"Vary": "*"}),
    path("api/cookie", answer, {"Set_Cookie": "seen=1; Path=/"}),
    path("api/redirect", answer, {"status": 302, "Location": "/api/plain"}),
    path("api/cors", answer, {"Access_Control_Allow_Origin": "*", "Access_Control_Expose_Headers": "X-Total-Count"}),
    path("api/empty/<int:status>", empty),
    path("api/status/<int:status>", answer),
    path("other", answer),
]
