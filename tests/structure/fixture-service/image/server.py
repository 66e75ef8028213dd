"""The fixture's server: settings from a conf file, one of which it takes over while it runs, and a token that it issues."""
import base64
import hashlib
import hmac
import json
import os
import platform
import secrets
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONF, TOKEN = sys.argv[1], "/data/token.json"


def conf():
    with open(f"{CONF}/fixture.conf", encoding="utf8") as file:
        lines = [line for line in file if "=" in line and not line.startswith("#")]
    return {name.strip(): value.strip() for name, value in (line.split("=", 1) for line in lines)}


def identity(name):
    with open(f"{CONF}/{name}", encoding="utf8") as file:
        return json.load(file)


def stored_token():
    try:
        with open(TOKEN, encoding="utf8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"sha256": "", "active": False}


def store_token(token):
    with open(f"{TOKEN}.new", "w", encoding="utf8") as file:
        json.dump(token, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(f"{TOKEN}.new", TOKEN)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/metrics":
            return self.answer(200, f"fixture_slots {settings['slots']}\n", "text/plain; version=0.0.4")
        if not self.is_allowed():
            return self.answer(401, {"error": "wrong password"})
        if self.path == "/settings":
            return self.answer(200, {**settings, "version": platform.python_version()})
        if self.path == "/token":
            return self.answer(200, {"state": self.state()})
        if self.path == "/upstream":
            return self.answer(200, {"reachable": is_reachable()})
        return self.answer(404, {"error": "no such thing"})

    def do_POST(self):
        if not self.is_allowed():
            return self.answer(401, {"error": "wrong password"})
        if self.path == "/reload":
            settings["slots"] = conf()["slots"]
            return self.answer(200, settings)
        if self.path == "/token":
            if stored_token()["active"]:
                return self.answer(409, {"error": "it was issued, and is in use"})
            token = secrets.token_urlsafe(24)
            store_token({"sha256": sha256(token), "active": False})
            return self.answer(200, {"token": token})
        if self.path == "/token/use":
            if self.state() == "unknown":
                return self.answer(401, {"error": "another token"})
            store_token({**stored_token(), "active": True})
            return self.answer(200, {"state": "active"})
        return self.answer(404, {"error": "no such thing"})

    def state(self):
        """Of the token that the request shows."""
        stored = stored_token()
        if not hmac.compare_digest(stored["sha256"], sha256(self.headers.get("x-token", ""))):
            return "unknown"
        return "active" if stored["active"] else "issued"

    def is_allowed(self):
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return False
        user, _, password = base64.b64decode(encoded).decode().partition(":")
        return hmac.compare_digest(identity("users.json").get(user, ""), sha256(password))

    def answer(self, status, body, kind="application/json"):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def is_reachable():
    upstream = identity("upstream.json")
    try:
        with socket.create_connection((upstream["host"], upstream["port"]), timeout=2):
            return True
    except OSError:
        return False


settings = conf()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
