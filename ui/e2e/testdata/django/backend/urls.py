from django.urls import path

from backend import pages, views

urlpatterns = [
    # The API.
    path("csrf", views.csrf),
    path("login", views.login),
    path("logout", views.logout),
    path("me", views.me),
    path("notes", views.notes),
    path("notes/<str:name>", views.note),
    path("error/<int:status>", views.error),
    path("headers", views.headers),
    path("echo", views.echo),
    path("redirect", views.redirect),
    path("upload", views.upload),
    path("download", views.download),
    path("seen/<str:token>", views.seen),
    # The backend's own pages.
    path("accounts/login/", pages.login),
    path("own", pages.own),
    path("frame", pages.frame),
    path("story.js", pages.story),
]
