"""The backend's own pages: they work without Corsage, and must go on so with it."""

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token

HEAD = "<!doctype html><meta charset=utf-8><title>{title}</title><script src=/story.js></script>"


def login(request):
    wrong = ""
    if request.method == "POST":
        user = auth.authenticate(
            request, username=request.POST["username"], password=request.POST["password"]
        )
        if user is not None:
            auth.login(request, user)
            return HttpResponseRedirect("/own")
        wrong = "<p>wrong name or password</p>"
    return HttpResponse(
        HEAD.format(title="login")
        + wrong
        + "<form method=post>"
        + f"<input type=hidden name=csrfmiddlewaretoken value={get_token(request)}>"
        + "<input name=username><input name=password type=password><button>Log in</button></form>"
    )


@login_required
def own(request):
    return HttpResponse(
        HEAD.format(title="own")
        + f"<p id=user>{request.user.get_username()}</p><iframe id=frame src=/frame></iframe>"
    )


@login_required
def frame(request):
    return HttpResponse(HEAD.format(title="frame") + f"<p id=user>{request.user.get_username()}</p>")


def story(request):
    return FileResponse(open(settings.STORY, "rb"), content_type="text/javascript")
