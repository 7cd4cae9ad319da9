CORS_ORIGIN_WHITELIST = ("http://localhost:3000",)
CORS_ORIGIN_REGEX_WHITELIST = (r"^https://\w+\.example\.org$",)
CORS_ALLOW_CREDENTIALS = True
