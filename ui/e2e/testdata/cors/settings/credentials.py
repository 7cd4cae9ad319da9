CORS_ALLOWED_ORIGINS = ["http://localhost:3000", "https://shop.example.org"]
CORS_ALLOW_CREDENTIALS = True
