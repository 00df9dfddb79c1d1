"""A site, databases and processes of one version each: what tools/rehearse-upgrade puts together."""
import atexit
import contextlib
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

SECRET_KEY = "ABEiM0RVZneImaq7zN3u/wECAwQFBgcICQoLDA0ODxA="
TIMEOUT_S = 90
STARTED = time.monotonic()


def say(text):
    print(f"{time.monotonic() - STARTED:7.1f} s  {text}", flush=True)


def check(condition, what, detail=""):
    if not condition:
        raise SystemExit(f"rehearse-upgrade: FAILED: {what} {detail}")
    say(f"    {what}")


def wait_until(condition, what):
    deadline = time.monotonic() + TIMEOUT_S
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"rehearse-upgrade: FAILED: not within {TIMEOUT_S} s: {what}")
        time.sleep(0.1)
    return found


class Page(http.server.BaseHTTPRequestHandler):
    """A page, and one that takes its time. Remembers the secrets that it was sent."""
    secrets = []

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(2)
        Page.secrets.append(self.headers.get("X-Secret"))
        body = b"<h1>page</h1>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Site:
    def __init__(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.port = server.server_port

    def page(self, path="/page"):
        return f"http://127.0.0.1:{self.port}{path}"


class Database:
    def __init__(self, server, name, empty=False):
        self.url = server.replace("/postgres?", f"/{name}?", 1)
        if not empty:
            subprocess.run(["psql", server, "-qc", f"create database {name}"], check=True)

    def sql(self, statement):
        return subprocess.run(["psql", self.url, "-XqAtc", statement], check=True, capture_output=True, text=True).stdout.strip()

    def tintype(self, binaries, *args):
        command = [binaries / "tintype", *args]
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": self.url}, capture_output=True, text=True)

    def audit(self, *versions):
        for name, binaries in versions:
            audit = self.tintype(binaries, "audit")
            check(audit.returncode == 0, f"the audit of the {name} version is clean", audit.stdout + audit.stderr)


class Process:
    """A program of one version, whose log is kept for the report of a failure."""

    def __init__(self, binaries, name, database, **environment):
        self.name, self.log = name, tempfile.NamedTemporaryFile(prefix="tintype-rehearse-")
        variables = {"DATABASE_URL": database.url, "TINTYPE_SECRET_KEY": SECRET_KEY} | environment
        self.child = subprocess.Popen([binaries / name], env=os.environ | variables, stderr=self.log, stdout=self.log)
        atexit.register(self.kill)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        check(self.child.wait(timeout=TIMEOUT_S) == 0, f"{self.name} stopped on SIGTERM")

    def kill(self):
        """Ends what a failed rehearsal left, and prints the end of its log."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            self.child.wait()
            log = pathlib.Path(self.log.name).read_text(errors="replace").splitlines()
            print(f"--- {self.name}", *log[-15:], sep="\n", flush=True)


class Api(Process):
    def __init__(self, binaries, database, site):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % probe.getsockname()[1]
        super().__init__(binaries, "tintype-api", database, TINTYPE_LISTEN=address, TINTYPE_EGRESS_ALLOW=f"127.0.0.1/32:{site.port}")
        self.url = f"http://{address}"
        wait_until(lambda: self.call("GET", "/health/live")[0] == 200, "the API is live")

    def call(self, method, path, body=None, key=None, once=None):
        headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {}) | ({"Idempotency-Key": once} if once else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError as error:
            return 0, str(error).encode()

    def json(self, *args, **more):
        status, body = self.call(*args, **more)
        return status, json.loads(body or b"null")

    def ended(self, key, job):
        def state():
            found = self.json("GET", f"/v1/jobs/{job}", key=key)[1]
            return found if found.get("status") in ("completed", "failed") else None
        return wait_until(state, f"job {job} ends")


def worker(binaries, database, site):
    before = int(database.sql("select count(*) from event where kind = 'worker.joined'"))
    process = Process(binaries, "tintype-worker", database, TINTYPE_SLOTS="2", TINTYPE_GRACE="1",
                      TINTYPE_EGRESS_ALLOW=f"127.0.0.1/32:{site.port}")
    joined = "select count(*) from event where kind = 'worker.joined'"
    wait_until(lambda: int(database.sql(joined)) > before, "the worker registers")
    return process
