CORS_ALLOWED_ORIGINS = ["null", "http://localhost:3000"]
CORS_ALLOW_CREDENTIALS = True
