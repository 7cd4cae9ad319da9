CORS_ALLOWED_ORIGINS = ["capacitor://localhost", "https://shop.example.org:443", "http://localhost:3000"]
