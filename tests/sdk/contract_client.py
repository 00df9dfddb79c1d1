"""A client of /v1 that is written from the contract alone, with nothing but Python's own library.

Each step is one thing that the contract promises. A step that is listed in NOT_YET may fail; any other must not.

    TINTYPE_URL=… TINTYPE_KEY=… OTHER_KEY=… POOR_KEY=… SUSPENDED_KEY=… PAGE=… contract_client.py [STEP…]

Of the accounts, POOR has 7 credits and SUSPENDED is suspended. PAGE may be rendered.
"""

import concurrent.futures
import datetime
import http.client
import json
import os
import re
import sys
import time
import traceback
import urllib.parse
import uuid

# What the service cannot do yet. Remove what it has learned.
NOT_YET = {
    "webhook_subscriptions",
}

URL = urllib.parse.urlsplit(os.environ["TINTYPE_URL"])
PAGE = os.environ["PAGE"]
KEY, OTHER, POOR, SUSPENDED = (os.environ[name] for name in ("TINTYPE_KEY", "OTHER_KEY", "POOR_KEY", "SUSPENDED_KEY"))
HTML = "<!doctype html><body style='margin:0;background:#fff'><p id=a>Hello</p><a href='#a'>link</a><h1>Title</h1>"
SLOW = {"html": "<p>", "wait_for": "#never", "timeout_ms": 60000}
SIGNATURES = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8\xff",
    "image/webp": b"RIFF",
    "application/pdf": b"%PDF-",
}
UNKNOWN = "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41"
STEPS = {}


class Response:
    def __init__(self, response):
        self.status, self.headers, self.content = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.content)

    def __repr__(self):
        return f"{self.status} {self.content[:600]!r}"


def call(method, path, body=None, key=KEY, headers=()):
    connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=90)
    sent = {"X-API-Key": key} if key else {}
    data = body
    if body is not None and not isinstance(body, bytes):
        data = json.dumps(body).encode()
    if data is not None:
        sent["Content-Type"] = "application/json"
    connection.request(method, path, data, sent | dict(headers))
    response = Response(connection.getresponse())
    connection.close()
    return response


def step(function):
    STEPS[function.__name__] = function
    return function


def accepted(path, body, key=KEY, **options):
    response = call("POST", path, body | {"async_mode": True}, key, **options)
    assert response.status == 202, (body, response)
    return response.json["job_id"]


def ended(job_id, key=KEY):
    while True:
        job = call("GET", f"/v1/jobs/{job_id}?wait_s=30", key=key).json
        if job["status"] in ("completed", "failed"):
            return job


def completed(path, body):
    job = ended(accepted(path, body))
    assert job["status"] == "completed", (body, job)
    return job, call("GET", job["result_url"])


def failed(body, code):
    job = ended(accepted("/v1/screenshot", body))
    assert (job["status"], job.get("error_code")) == ("failed", code), (body, job)
    return job


def rejected(response, status, code, field=None):
    """Checks the one body of errors."""
    assert response.status == status, (status, code, response)
    detail, error = response.json["detail"], response.json["error"]
    assert detail["code"] == error["code"] == code and detail["message"] == error["message"], (code, response)
    assert detail["request_id"] == response.headers["X-Request-Id"], response
    if status in (429, 503):
        assert int(response.headers["Retry-After"]) == detail["retry_after"] > 0, response
    if field:
        assert field in [each["field"] for each in detail["errors"]], (field, response)
    return detail


def invalid(path, body, field):
    return rejected(call("POST", path, body), 422, "VALIDATION_ERROR", field)


def credits(key=KEY):
    return call("GET", "/v1/balance", key=key).json["credits_remaining"]


def size(png):
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


# --- The flows that every client begins with


@step
def the_asynchronous_flow():
    response = call("POST", "/v1/screenshot", {"url": PAGE, "format": "png", "full_page": True, "async_mode": True})
    assert response.status == 202 and set(response.json) == {"job_id", "status", "poll_url"}, response
    job_id = response.json["job_id"]
    assert response.json["status"] == "queued" and response.json["poll_url"] == f"/v1/jobs/{job_id}", response
    assert response.headers["Location"] == response.json["poll_url"]

    job = call("GET", response.json["poll_url"]).json
    while job["status"] in ("queued", "processing"):
        time.sleep(0.05)
        job = call("GET", response.json["poll_url"]).json
    assert job["status"] == "completed" and job["job_id"] == job_id, job
    assert (job["type"], job["format"], job["attempt"]) == ("screenshot", "png", 1), job
    assert job["result_url"] == f"/v1/jobs/{job_id}/result", job
    for time_field in ("created_at", "started_at", "completed_at", "expires_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", job[time_field]), job
    assert (job["target_status"], job["final_url"]) == (200, PAGE) and "Chrom" in job["browser"], job
    assert not {"error_code", "error_message", "batch_id", "queue_position"} & set(job), job

    file = call("GET", job["result_url"])
    assert file.status == 200 and file.headers["Content-Type"] == "image/png" and file.content.startswith(b"\x89PNG"), (
        file
    )


@step
def a_batch_of_twenty_with_credits_for_seven():
    shots = [{"type": "screenshot", "url": PAGE} for _ in range(10)]
    pdfs = [{"type": "pdf", "url": PAGE} for _ in range(10)]
    response = call("POST", "/v1/bulk", {"jobs": shots + pdfs}, POOR)
    batch = response.json
    assert response.status == 202, response
    assert set(batch) == {"submitted", "failed", "credits_used", "credits_remaining", "batch_id", "jobs"}, batch
    found = [batch[name] for name in ("submitted", "failed", "credits_used", "credits_remaining")]
    assert found == [7, 13, 7, 0], batch
    assert [entry["index"] for entry in batch["jobs"]] == list(range(20))
    for entry in batch["jobs"][:7]:
        assert set(entry) == {"index", "job_id", "status", "poll_url"} and entry["status"] == "queued", entry
    for entry in batch["jobs"][7:]:
        assert set(entry) == {"index", "error_code", "error_message"}, entry
        assert entry["error_code"] == "CREDITS_EXHAUSTED", entry
    for entry in batch["jobs"][:7]:
        job = ended(entry["job_id"], POOR)
        assert job["status"] == "completed" and job["batch_id"] == batch["batch_id"], job

    nothing = call("POST", "/v1/bulk", {"jobs": shots}, POOR)
    assert nothing.status == 202 and (nothing.json["submitted"], nothing.json["failed"]) == (0, 10), nothing
    rejected(call("POST", "/v1/screenshot", {"url": PAGE}, POOR), 402, "CREDITS_EXHAUSTED")


@step
def files_are_returned_at_once():
    for path, format, content_type in [
        ("/v1/screenshot", None, "image/png"),
        ("/v1/screenshot", "jpeg", "image/jpeg"),
        ("/v1/screenshot", "webp", "image/webp"),
        ("/v1/pdf", "Letter", "application/pdf"),
    ]:
        before = credits()
        response = call("POST", path, {"url": PAGE} | ({"format": format} if format else {}))
        assert response.status == 200 and response.headers["Content-Type"] == content_type, response
        assert response.content.startswith(SIGNATURES[content_type]), response
        assert response.headers["X-Credits-Used"] == "1"
        assert int(response.headers["X-Credits-Remaining"]) == before - 1
        assert call("GET", f"/v1/jobs/{response.headers['X-Job-Id']}").json["status"] == "completed"


# --- Common


@step
def keys_are_checked():
    for headers in [{}, {"X-API-Key": "tt_wrong"}, {"Authorization": "Bearer tt_wrong"}]:
        rejected(call("GET", "/v1/balance", key=None, headers=headers), 401, "INVALID_API_KEY")
    assert call("GET", "/v1/balance", key=None, headers={"Authorization": f"Bearer {KEY}"}).status == 200
    rejected(call("POST", "/v1/screenshot", {"url": PAGE}, SUSPENDED), 403, "ACCOUNT_SUSPENDED")


@step
def two_credentials_are_ambiguous():
    both = call("GET", "/v1/balance", headers={"Authorization": f"Bearer {OTHER}"})
    rejected(both, 400, "AMBIGUOUS_CREDENTIALS")


@step
def every_error_has_the_same_body():
    rejected(call("GET", "/v1/nothing"), 404, "NOT_FOUND")
    rejected(call("GET", "/nothing"), 404, "NOT_FOUND")
    rejected(call("PATCH", "/v1/screenshot"), 405, "METHOD_NOT_ALLOWED")
    rejected(call("POST", "/v1/screenshot", b"{"), 400, "MALFORMED_JSON")
    text = call("POST", "/v1/screenshot", b"{}", headers={"Content-Type": "text/plain"})
    rejected(text, 415, "UNSUPPORTED_MEDIA_TYPE")
    rejected(call("POST", "/v1/screenshot", {"html": "x" * (5 * 2**20 + 1)}), 413, "PAYLOAD_TOO_LARGE")


@step
def a_name_given_twice_is_malformed():
    for body in [b'{"html": "<p>", "html": "<b>"}', b'{"html": "<p>", "viewport": {"width": 9, "width": 9}}']:
        rejected(call("POST", "/v1/screenshot", body), 400, "MALFORMED_JSON")
    twice = b'{"jobs": [{"type": "pdf", "html": "<p>", "type": "pdf"}]}'
    rejected(call("POST", "/v1/bulk", twice), 400, "MALFORMED_JSON")


@step
def every_response_names_the_request():
    for path, key in [("/v1/balance", KEY), ("/v1/balance", None), ("/health/live", None), ("/openapi.json", None)]:
        assert call("GET", path, key=key).headers["X-Request-Id"], path
    own = call("GET", "/v1/balance", headers={"X-Request-Id": "order-17.a"})
    assert own.headers["X-Request-Id"] == "order-17.a", own.headers["X-Request-Id"]
    assert call("GET", "/v1/balance", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"] != "a b"


@step
def responses_are_not_cached():
    for path, key in [("/v1/balance", KEY), ("/v1/balance", None), ("/v1/nothing", KEY)]:
        response = call("GET", path, key=key)
        assert response.headers["Cache-Control"] == "no-store", (path, response.headers["Cache-Control"])
        assert response.headers["Vary"] == "X-API-Key, Authorization", (path, response.headers["Vary"])


@step
def unknown_fields_are_refused():
    errors = invalid("/v1/screenshot", {"url": PAGE, "fullpage": True}, "fullpage")["errors"]
    assert "full_page" in errors[0]["message"], errors
    invalid("/v1/pdf", {"url": PAGE, "viewport": {}}, "viewport")


@step
def letters_that_are_swapped_are_recognised():
    for wrong, right in [("ful_lpage", "full_page"), ("qaulity", "quality"), ("timeout_sm", "timeout_ms")]:
        errors = invalid("/v1/screenshot", {"url": PAGE, wrong: 1}, wrong)["errors"]
        assert right in errors[0]["message"], errors


@step
def aliases_are_accepted():
    body = {"html": "<p>", "format": "jpg", "wait_for": "networkidle", "async": True}
    response = call("POST", "/v1/screenshot", body)
    assert response.status == 202, response
    assert ended(response.json["job_id"])["format"] == "jpeg"
    completed("/v1/screenshot", {"html": HTML, "wait_for": "domcontentloaded"})
    for token in ("networkidle0", "DOMContentLoaded", "Load"):
        invalid("/v1/screenshot", {"html": HTML, "wait_for": token}, "wait_for")


@step
def a_byte_order_mark_is_ignored():
    response = call("POST", "/v1/pdf", b'\xef\xbb\xbf{"html": "<p>"}')
    assert response.status == 200, response


@step
def an_integer_may_have_a_fraction_of_zero():
    body = {"html": HTML, "quality": 85.0, "timeout_ms": 20000.0, "viewport": {"width": 400.0, "height": 300.0}}
    _, file = completed("/v1/screenshot", body)
    assert size(file.content) == (400, 300)
    invalid("/v1/screenshot", {"html": HTML, "quality": 85.5}, "quality")


@step
def null_is_absent():
    optional = ["url", "base_url", "format", "quality", "viewport", "full_page", "wait_for", "timeout_ms", "delay_ms"]
    completed("/v1/screenshot", {"html": HTML} | dict.fromkeys(optional))
    completed("/v1/pdf", {"html": HTML} | dict.fromkeys(["url", "format", "orientation", "margin", "print_background"]))


@step
def an_idempotency_key_is_charged_once():
    headers, before = {"Idempotency-Key": str(uuid.uuid4())}, credits()
    first = call("POST", "/v1/screenshot", {"url": PAGE}, headers=headers)
    again = call("POST", "/v1/screenshot", {"url": PAGE}, headers=headers)
    assert first.status == again.status == 200 and first.content == again.content, again
    assert again.headers["Idempotent-Replayed"] == "true" and credits() == before - 1
    other = call("POST", "/v1/screenshot", {"url": PAGE, "full_page": True}, headers=headers)
    rejected(other, 422, "IDEMPOTENCY_KEY_REUSED")


@step
def targets_that_are_not_public_are_blocked():
    before = credits()
    for url in ["http://169.254.169.254/", "http://[::1]/", "http://localhost/", "http://10.0.0.1/"]:
        rejected(call("POST", "/v1/screenshot", {"url": url}), 422, "URL_BLOCKED")
    invalid("/v1/screenshot", {"html": "a\0b"}, "html")
    assert credits() == before


@step
def a_synchronous_timeout_says_so():
    before = credits()
    response = call("POST", "/v1/screenshot", {"html": "<p>", "wait_for": "#never", "timeout_ms": 4000})
    detail = rejected(response, 500, "RENDER_ERROR")
    assert detail["reason"] == "wait_timeout" and "Timeout" in detail["message"], detail
    assert response.headers["X-Job-Id"] and credits() == before


# --- Options: each is accepted, and shown where the file itself shows it


def option(kind, name, body, check=None):
    def run():
        _, file = completed(f"/v1/{kind}", body if "url" in body else {"html": HTML} | body)
        assert file.content.startswith(b"%PDF-" if kind == "pdf" else b"\x89PNG"), file
        assert check is None or check(file.content), body

    STEPS[f"{kind}_{name}"] = run


for name, body in {
    "base_url": {"base_url": "https://example.com/"},
    "wait_for": {"wait_for": "#a"},
    "readiness": {"wait_for": "commit", "timeout_ms": 20000, "delay_ms": 10, "timeout_fallback_to": "load"},
    "scroll": {"scroll": True},
    "headers": {"url": PAGE, "headers": {"X-Shop": "7"}},
    "cookies": {"url": PAGE, "cookies": [{"name": "a", "value": "b", "url": PAGE, "same_site": "lax"}]},
    "basic_auth": {"url": PAGE, "basic_auth": {"username": "ada", "password": "secret"}},
    "user_agent": {"user_agent": "Shop/1.0"},
    "locale": {"locale": "de-CH"},
    "timezone": {"timezone": "Europe/Zurich"},
    "geolocation": {"geolocation": {"latitude": 47.37, "longitude": 8.54, "accuracy": 10}},
    "dark_mode": {"dark_mode": True},
    "reduced_motion": {"reduced_motion": True},
    "media": {"media": "print"},
    "css": {"css": "p { color: red }"},
    "js": {"js": "document.title = 'x'"},
    "hide_selectors": {"hide_selectors": ["#a"]},
    "click_selectors": {"click_selectors": ["a"]},
    "block_ads": {"block_ads": True},
    "block_cookie_banners": {"block_cookie_banners": True},
    "block_trackers": {"block_trackers": True},
    "block_resources": {"block_resources": ["image", "media", "font", "stylesheet", "script"]},
    "ai_cleanup": {"ai_cleanup": "fast"},
    "fail_on_status": {"url": PAGE, "fail_on_status": ["400-599", "204"]},
    "reference": {"reference": "order 17"},
    "priority": {"priority": "bulk"},
}.items():
    for kind in ("screenshot", "pdf"):
        option(kind, name, body)

WIDE = {"html": "<body style='margin:0'><p id=a style='margin:0;width:300px;height:200px'>x<p style='height:3000px'>"}
for name, body, expected in [
    ("viewport", {"viewport": {"width": 400, "height": 300, "device_scale_factor": 2.0}}, (800, 600)),
    ("full_page", {"full_page": True, "viewport": {"width": 640}}, None),
    ("device", {"device": "mobile"}, None),
    ("selector", WIDE | {"selector": "#a"}, (300, 200)),
    ("clip", {"clip": {"x": 10, "y": 10, "width": 50, "height": 40}}, (50, 40)),
    ("omit_background", {"omit_background": True}, (1280, 720)),
    ("quality", {"quality": 10}, (1280, 720)),
]:
    option("screenshot", name, body, expected and (lambda content, expected=expected: size(content) == expected))
for name, body in {
    "orientation": {"orientation": "landscape"},
    "margin": {"margin": {"top": "2cm", "right": "10px", "bottom": "1in", "left": "5mm"}},
    "print_background": {"print_background": False},
    "prefer_css_page_size": {"prefer_css_page_size": True},
    "tagged": {"tagged": False},
    "outline": {"outline": True},
    "size": {"width": "10cm", "height": "200px"},
    "scale": {"scale": 0.5},
    "page_ranges": {"page_ranges": "1-3, 5"},
    "header_html": {"header_html": "<span class=date></span>"},
    "footer_html": {"footer_html": "<span class=pageNumber></span> of <span class=totalPages></span>"},
}.items():
    option("pdf", name, body)


@step
def a_status_may_be_a_number():
    completed("/v1/screenshot", {"url": PAGE, "fail_on_status": [404, "500-599"]})


@step
def every_sheet_is_accepted():
    for sheet in ["A0", "A1", "A2", "A3", "A5", "A6", "Legal", "Tabloid", "Ledger"]:
        job, _ = completed("/v1/pdf", {"html": HTML, "format": sheet})
        assert job["format"] in (sheet, "pdf"), job


@step
def fields_out_of_range_are_named():
    for field, body in [
        ("url", {}),
        ("html", {"url": PAGE}),
        ("format", {"format": "gif"}),
        ("quality", {"quality": 0}),
        ("viewport.width", {"viewport": {"width": 3841}}),
        ("viewport.height", {"viewport": {"height": 2161}}),
        ("viewport.device_scale_factor", {"viewport": {"device_scale_factor": 3.1}}),
        ("timeout_ms", {"timeout_ms": 60001}),
        ("delay_ms", {"delay_ms": 10001}),
        ("priority", {"priority": "high"}),
        ("wait_for", {"wait_for": "x" * 1025}),
    ]:
        invalid("/v1/screenshot", ({"html": HTML} if field != "url" else {}) | body, field)
    invalid("/v1/pdf", {"html": HTML, "margin": {"top": "1em"}}, "margin.top")


@step
def options_out_of_range():
    for field, body in [
        ("clip.width", {"clip": {"x": 0, "y": 0, "width": 0, "height": 1}}),
        ("headers.Host", {"headers": {"Host": "example.com"}}),
        ("locale", {"locale": "not a locale"}),
        ("timezone", {"timezone": "Mars/Olympus"}),
        ("ai_cleanup", {"ai_cleanup": "thorough"}),
        ("reference", {"reference": "x" * 129}),
        ("css", {"css": "x" * (64 * 1024 + 1)}),
    ]:
        invalid("/v1/screenshot", {"html": HTML} | body, field)
    invalid("/v1/pdf", {"html": HTML, "scale": 2.1}, "scale")
    invalid("/v1/pdf", {"html": HTML, "page_ranges": "3-1"}, "page_ranges")


@step
def options_that_exclude_each_other():
    clip = {"x": 0, "y": 0, "width": 9, "height": 9}
    for body in [
        {"device": "mobile", "viewport": {"width": 400}},
        {"selector": "p", "clip": clip},
        {"selector": "p", "full_page": True},
    ]:
        detail = rejected(call("POST", "/v1/screenshot", {"html": HTML} | body), 422, "VALIDATION_ERROR")
        assert {each["field"] for each in detail["errors"]} & set(body), detail


@step
def later_fields_are_refused_by_name():
    for field, value in [("webhook_url", "https://example.com/hook"), ("cache_ttl_s", 60)]:
        message = invalid("/v1/screenshot", {"html": HTML, field: value}, field)["errors"][0]["message"]
        assert "not supported" in message or "not available" in message, message


@step
def jobs_fail_with_their_codes():
    job = failed({"html": "<p>", "wait_for": "#never", "timeout_ms": 4000}, "WAIT_TIMEOUT")
    assert "Timeout" in job["error_message"] and not {"result_url", "expires_at"} & set(job), job
    failed({"html": "<p>", "wait_for": "p["}, "SELECTOR_INVALID")
    rejected(call("GET", f"/v1/jobs/{job['job_id']}/result"), 409, "JOB_FAILED")


@step
def a_status_that_is_not_wanted_fails_the_job():
    failed({"url": urllib.parse.urljoin(PAGE, "/missing"), "fail_on_status": ["400-599"]}, "STATUS_REFUSED")


@step
def a_selector_that_is_not_found_fails_the_job():
    failed({"html": HTML, "selector": "#never"}, "SELECTOR_NOT_FOUND")


@step
def a_clip_outside_the_page_fails_the_job():
    failed({"html": HTML, "clip": {"x": 9000, "y": 9000, "width": 9, "height": 9}}, "CLIP_OUTSIDE_PAGE")


@step
def a_script_that_fails_fails_the_job():
    failed({"html": HTML, "js": "throw new Error('no')"}, "SCRIPT_ERROR")


# --- Jobs


@step
def a_batch_is_valid_as_a_whole():
    before, job = credits(), {"type": "screenshot", "url": PAGE}
    invalid("/v1/bulk", {"jobs": [job] * 3 + [job | {"viewport": {"width": 0}}]}, "jobs[3].viewport.width")
    for number in (0, 21):
        invalid("/v1/bulk", {"jobs": [job] * number}, "jobs")
    assert credits() == before


@step
def jobs_of_others_do_not_exist():
    job_id = accepted("/v1/screenshot", {"html": HTML})
    for path in [f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/result"]:
        rejected(call("GET", path, key=OTHER), 404, "JOB_NOT_FOUND")
    rejected(call("DELETE", f"/v1/jobs/{job_id}", key=OTHER), 404, "JOB_NOT_FOUND")
    for unknown in (UNKNOWN, "17", "a%20b"):
        rejected(call("GET", f"/v1/jobs/{unknown}"), 404, "JOB_NOT_FOUND")
    assert ended(job_id)["status"] == "completed"


@step
def a_job_is_cancelled_and_refunded():
    before = credits()
    job_id = accepted("/v1/screenshot", SLOW)
    rejected(call("GET", f"/v1/jobs/{job_id}/result"), 409, "JOB_NOT_READY")
    started = time.monotonic()
    assert call("GET", f"/v1/jobs/{job_id}?wait_s=1").json["status"] in ("queued", "processing")
    assert time.monotonic() - started >= 0.9
    job = call("DELETE", f"/v1/jobs/{job_id}").json
    assert (job["status"], job["error_code"]) == ("failed", "CANCELLED") and credits() == before, job
    done, _ = completed("/v1/screenshot", {"html": HTML})
    rejected(call("DELETE", f"/v1/jobs/{done['job_id']}"), 409, "JOB_NOT_CANCELLABLE")


@step
def a_reference_is_echoed():
    job, _ = completed("/v1/screenshot", {"html": HTML, "reference": "order 17"})
    assert job["reference"] == "order 17", job


@step
def a_queued_job_has_a_position():
    batch = call("POST", "/v1/bulk", {"jobs": [{"type": "screenshot"} | SLOW] * 20}).json
    jobs = [call("GET", entry["poll_url"]).json for entry in batch["jobs"]]
    for entry in batch["jobs"]:
        call("DELETE", entry["poll_url"])
    positions = [job["queue_position"] for job in jobs if job["status"] == "queued"]
    assert positions and all(position >= 0 for position in positions), jobs


@step
def jobs_are_listed():
    made = [accepted("/v1/screenshot", {"html": HTML}) for _ in range(3)]
    page = call("GET", "/v1/jobs?limit=2")
    assert page.status == 200 and [job["job_id"] for job in page.json["jobs"]] == made[:0:-1], page
    rest = call("GET", f"/v1/jobs?limit=2&cursor={urllib.parse.quote(page.json['next_cursor'])}").json
    assert rest["jobs"][0]["job_id"] == made[0], rest
    assert not set(made) & {job["job_id"] for job in call("GET", "/v1/jobs", key=OTHER).json["jobs"]}
    for query in ("limit=0", "limit=many", "cursor=forged", "status=done", "since=yesterday"):
        rejected(call("GET", f"/v1/jobs?{query}"), 422, "VALIDATION_ERROR", query.partition("=")[0])


@step
def jobs_are_filtered():
    batch = call("POST", "/v1/bulk", {"jobs": [{"type": "pdf", "html": HTML, "reference": "filtered"}]}).json
    job_id = batch["jobs"][0]["job_id"]
    created = urllib.parse.quote(ended(job_id)["created_at"])
    queries = [
        "status=completed",
        "type=pdf",
        "reference=filtered",
        f"batch_id={batch['batch_id']}",
        f"since={created}",
    ]
    for query in [*queries, "&".join(queries)]:
        jobs = call("GET", f"/v1/jobs?{query}").json["jobs"]
        assert job_id in [job["job_id"] for job in jobs], (query, jobs)
    assert job_id not in [job["job_id"] for job in call("GET", "/v1/jobs?type=screenshot").json["jobs"]]


@step
def a_failed_job_is_retried():
    job_id = accepted("/v1/screenshot", {"html": "<p>", "wait_for": "#never", "timeout_ms": 4000})
    ended(job_id)
    response = call("POST", f"/v1/jobs/{job_id}/retry")
    assert response.status == 202 and set(response.json) == {"job_id", "status", "poll_url"}, response
    assert response.json["job_id"] != job_id and response.headers["Location"] == response.json["poll_url"]
    assert ended(response.json["job_id"])["error_code"] == "WAIT_TIMEOUT"
    rejected(call("POST", f"/v1/jobs/{UNKNOWN}/retry"), 404, "JOB_NOT_FOUND")


@step
def a_batch_is_shown():
    batch_id = call("POST", "/v1/bulk", {"jobs": [{"type": "screenshot", "html": HTML}] * 2}).json["batch_id"]
    batch = call("GET", f"/v1/bulk/{batch_id}").json
    assert batch["batch_id"] == batch_id and len(batch["jobs"]) == 2, batch
    assert call("GET", f"/v1/bulk/{batch_id}", key=OTHER).status == 404


# --- Results


@step
def a_result_is_read_in_ranges():
    job, file = completed("/v1/pdf", {"html": HTML})
    path = job["result_url"]
    assert file.headers["Content-Length"] == str(len(file.content)) and file.headers["ETag"].startswith('"')
    assert "filename" in file.headers["Content-Disposition"]
    part = call("GET", path, headers={"Range": "bytes=0-4"})
    assert part.status == 206 and part.content == b"%PDF-", part
    assert part.headers["Content-Range"] == f"bytes 0-4/{len(file.content)}"
    rejected(call("GET", path, headers={"Range": "bytes=99999999-"}), 416, "RANGE_NOT_SATISFIABLE")


@step
def a_result_is_fetched_conditionally():
    job, file = completed("/v1/pdf", {"html": HTML})
    path, etag = job["result_url"], file.headers["ETag"]
    same = call("GET", path, headers={"If-None-Match": etag})
    assert same.status == 304 and not same.content, same
    assert call("GET", path, headers={"If-None-Match": '"other"'}).status == 200
    assert call("GET", path, headers={"If-Match": '"other"'}).status == 412
    assert call("GET", path, headers={"If-Match": etag}).status == 200
    for condition, status in [(etag, 206), ('"other"', 200)]:
        part = call("GET", path, headers={"Range": "bytes=0-4", "If-Range": condition})
        assert part.status == status, (condition, part)


@step
def a_result_is_sandboxed():
    _, file = completed("/v1/screenshot", {"html": HTML})
    assert file.headers["Content-Security-Policy"].startswith("sandbox"), file.headers["Content-Security-Policy"]


@step
def a_result_is_not_shared_by_caches():
    _, file = completed("/v1/screenshot", {"html": HTML})
    assert file.headers["Cache-Control"] == "private, no-store", file.headers["Cache-Control"]


# --- The account


@step
def the_balance_has_all_its_fields():
    balance = call("GET", "/v1/balance").json
    assert set(balance) == {"credits_remaining", "plan_id", "status", "current_period_end"}, balance
    assert isinstance(balance["credits_remaining"], int) and balance["status"] == "active", balance
    assert call("GET", "/v1/balance", key=SUSPENDED).json["status"] == "suspended"


@step
def the_period_ends_at_a_time():
    now = datetime.datetime.now(datetime.timezone.utc)
    following = (now.replace(day=1) + datetime.timedelta(days=32)).strftime("%Y-%m-01T00:00:00")
    assert call("GET", "/v1/balance").json["current_period_end"] in (f"{following}Z", f"{following}+00:00")


@step
def a_key_is_tried():
    response = call("GET", "/v1/ping")
    assert response.status == 200 and response.json == {"status": "ok"}, response
    rejected(call("GET", "/v1/ping", key="tt_wrong"), 401, "INVALID_API_KEY")


@step
def usage_is_counted_by_day():
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    response = call("GET", f"/v1/usage?from={today}&to={today}")
    assert response.status == 200 and today in response.content.decode(), response
    for word in ("jobs", "credits", "failures", "refunds"):
        assert word in response.content.decode(), (word, response)


@step
def webhook_subscriptions():
    response = call("PUT", "/v1/webhook-subscription", {"url": "https://example.com/hook"})
    assert response.status == 200 and set(response.json) == {"id", "url", "secret", "created_at"}, response
    assert "secret" not in call("GET", "/v1/webhook-subscription").json
    assert call("DELETE", "/v1/webhook-subscription").status in (200, 204)


@step
def what_needs_no_key():
    for path in ["/health/live", "/health/ready", "/openapi.json", "/openapi.yaml", "/docs"]:
        assert call("GET", path, key=None).status == 200, path
    for path in ["/health/live", "/health/ready"]:
        head = call("HEAD", path, key=None)
        assert head.status == 200 and not head.content, path


def attempt(name):
    """Runs a step, and returns the error that it ended with."""
    try:
        STEPS[name]()
        return None
    except Exception:
        return traceback.format_exc()


def main():
    wanted = sys.argv[1:] or list(STEPS)
    unknown = (NOT_YET | set(wanted)) - set(STEPS)
    assert not unknown, f"no such steps: {sorted(unknown)}"
    # Options are independent of each other. The other steps look at the balance, and run one after the other.
    options = [name for name in wanted if name.startswith(("screenshot_", "pdf_"))]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        errors = dict(zip(options, pool.map(attempt, options)))
    errors |= {name: attempt(name) for name in wanted if name not in options}

    broken = [name for name, error in errors.items() if error and (name not in NOT_YET or sys.argv[1:])]
    for name, error in errors.items():
        if name in broken:
            print(f"FAILED   {name}\n{error}")
        elif error:
            print(f"not yet  {name}")
        else:
            print(f"ok       {name}{' (remove it from NOT_YET)' if name in NOT_YET else ''}")
    sys.exit(f"{len(broken)} steps failed: {', '.join(broken)}" if broken else 0)


if __name__ == "__main__":
    main()
