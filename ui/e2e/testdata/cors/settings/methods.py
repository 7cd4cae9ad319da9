from corsheaders.defaults import default_headers

CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]
CORS_ALLOW_METHODS = ["GET", "POST", "PURGE"]
CORS_ALLOW_HEADERS = [*default_headers, "x-odd"]
