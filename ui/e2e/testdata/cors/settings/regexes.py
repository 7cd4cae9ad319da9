import re

CORS_ALLOWED_ORIGIN_REGEXES = [
    r"^http://localhost:\d+$",
    re.compile(r"^HTTPS://\w+\.example\.org\Z", re.IGNORECASE),
]
CORS_ALLOW_CREDENTIALS = True
