"""What schemathesis checks besides: errors have the documented body, and renders end soon."""

import ipaddress
import random

import schemathesis


@schemathesis.check
def errors_have_the_documented_body(ctx, response, case):
    """Every error response has the code and the message twice, and the id that the header has."""
    if response.status_code < 400 or case.method == "HEAD":
        return
    body = response.json()
    detail, error = body["detail"], body["error"]
    assert (detail["code"], detail["message"]) == (error["code"], error["message"]), body
    assert [detail["request_id"]] == response.headers["x-request-id"], body
    assert ("retry-after" in response.headers) == ("retry_after" in detail), body


@schemathesis.check
def only_renders_fail(ctx, response, case):
    """A 5xx means that the page could not be rendered. It never means that the service failed."""
    if response.status_code >= 500:
        assert response.json()["detail"]["code"] == "RENDER_ERROR", response.text


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Sends each case from an address of its own: more than 20 invalid keys a minute from one are 429."""
    case.headers["X-Forwarded-For"] = str(ipaddress.IPv4Address(random.getrandbits(30)))


@schemathesis.hook
def map_body(ctx, body):
    """Shortens valid times: most generated selectors never match, and each would be waited for."""
    jobs = body.get("jobs", [body]) if isinstance(body, dict) else []
    for job in jobs if isinstance(jobs, list) else []:
        if isinstance(job, dict) and ("html" in job or "url" in job):
            shorten(job, "timeout_ms", 1000, 60000, 30000)
            shorten(job, "delay_ms", 0, 10000, 0)
    return body


def shorten(job, field, least, most, default):
    value = job.get(field, default)
    if type(value) is int and least <= value <= most:
        job[field] = least + value % 900
