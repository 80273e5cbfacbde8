"""The HTTP door: commands and questions in JSON. `make_app` in ``app.py`` is the way in."""
