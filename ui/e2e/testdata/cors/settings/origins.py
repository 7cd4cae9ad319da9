CORS_ALLOWED_ORIGINS = ["http://localhost:3000", "https://shop.example.org"]
