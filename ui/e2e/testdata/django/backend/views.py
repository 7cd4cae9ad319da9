"""The API that the frontend calls."""

import hashlib
import json
import random

from django.contrib import auth
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from backend import middleware

MEGABYTE = 1 << 20


def csrf(request):
    return JsonResponse({"csrfToken": get_token(request)})


@require_http_methods(["POST"])
def login(request):
    given = json.loads(request.body)
    user = auth.authenticate(request, username=given["username"], password=given["password"])
    if user is None:
        return JsonResponse({"detail": "wrong name or password"}, status=403)
    auth.login(request, user)
    if "age" in request.GET:
        request.session.set_expiry(int(request.GET["age"]))  # seconds
    return JsonResponse({"user": user.get_username()})


@require_http_methods(["POST"])
def logout(request):
    auth.logout(request)
    return JsonResponse({"user": None})


@login_required
def me(request):
    return JsonResponse({"user": request.user.get_username()})


@login_required
@require_http_methods(["GET", "POST"])
def notes(request):
    kept = request.session.setdefault("notes", {})
    if request.method == "GET":
        return JsonResponse({"notes": kept})
    given = json.loads(request.body)
    kept[given["name"]] = given["text"]
    request.session.modified = True
    return JsonResponse(given, status=201)


@login_required
@require_http_methods(["PUT", "PATCH", "DELETE"])
def note(request, name):
    kept = request.session.setdefault("notes", {})
    request.session.modified = True
    if request.method == "DELETE":
        if kept.pop(name, None) is None:
            return JsonResponse({"detail": "no such note"}, status=404)
        return HttpResponse(status=204)
    text = json.loads(request.body)["text"]
    kept[name] = kept.get(name, "") + text if request.method == "PATCH" else text
    return JsonResponse({"name": name, "text": kept[name]})


def error(request, status):
    return JsonResponse({"detail": f"this is a {status}"}, status=status)


def headers(request):
    answer = JsonResponse({"ok": True})
    answer["X-Total-Count"] = "42"
    answer["X-Request-Id"] = "e2e-7"
    answer["Link"] = '</headers?page=2>; rel="next"'
    return answer


@csrf_exempt
def echo(request):
    """What arrived: the origin a request came with and the names of its cookies."""
    return JsonResponse(
        {
            "method": request.method,
            "origin": request.headers.get("Origin"),
            "cookies": sorted(request.COOKIES),
            "user": request.user.get_username() or None,
        }
    )


@csrf_exempt
def redirect(request):
    answer = HttpResponseRedirect(request.GET["to"])
    answer.status_code = int(request.GET.get("status", "302"))
    return answer


@login_required
@require_http_methods(["PUT"])
def upload(request):
    digest, size = hashlib.sha256(), 0
    while chunk := request.read(64 << 10):
        digest.update(chunk)
        size += len(chunk)
    return JsonResponse({"sha256": digest.hexdigest(), "size": size})


@login_required
def download(request):
    source = random.Random(int(request.GET["seed"]))
    chunks = [source.randbytes(MEGABYTE) for _ in range(int(request.GET["megabytes"]))]
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    answer = StreamingHttpResponse(chunks, content_type="application/octet-stream")
    answer["X-Sha256"] = digest.hexdigest()
    return answer


def seen(request, token):
    """For the tests themselves: what arrived with ?token=TOKEN."""
    return JsonResponse({"requests": middleware.told(token)})
