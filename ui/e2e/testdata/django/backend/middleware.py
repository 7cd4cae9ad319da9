"""What newer frameworks check besides Django 3's own middleware, and a record
of what arrived."""

import threading

from django.http import JsonResponse

_lock = threading.Lock()
_seen = {}


def seen(get_response):
    """Keeps what arrived with each ?token=..., for /seen/TOKEN to tell."""

    def middleware(request):
        token = request.GET.get("token")
        if token:
            with _lock:
                _seen.setdefault(token, []).append(
                    {
                        "method": request.method,
                        "path": request.path,
                        "how": request.GET.get("how", ""),
                        "cookies": sorted(request.COOKIES),
                        "origin": request.headers.get("Origin", ""),
                        "referer": request.headers.get("Referer", ""),
                        "site": request.headers.get("Sec-Fetch-Site", ""),
                        "csrf": request.headers.get("X-CSRFToken", ""),
                    }
                )
        return get_response(request)

    return middleware


def told(token):
    with _lock:
        return list(_seen.get(token, []))


def same_origin_only(get_response):
    """The Origin check of Django 4 and later, and the Sec-Fetch-Site check of
    newer frameworks: both on unsafe methods."""

    def middleware(request):
        if request.method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
            origin = request.headers.get("Origin")
            own = f"{request.scheme}://{request.get_host()}"
            if origin is not None and origin != own:
                return JsonResponse({"detail": f"Origin {origin} is not {own}"}, status=403)
            site = request.headers.get("Sec-Fetch-Site", "same-origin")
            if site not in ("same-origin", "none"):
                return JsonResponse({"detail": f"Sec-Fetch-Site is {site}"}, status=403)
        return get_response(request)

    return middleware
