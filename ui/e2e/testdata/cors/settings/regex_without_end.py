CORS_ALLOWED_ORIGIN_REGEXES = [r"^http://localhost:3000", r"https://\w+\.example\.org"]
CORS_ALLOW_CREDENTIALS = True
