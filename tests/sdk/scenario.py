"""Uses the generated client as customers do, and fails at the first response that is not as documented."""

import os
from http import HTTPStatus

from tintype_client import AuthenticatedClient
from tintype_client.api.account import get_balance
from tintype_client.api.jobs import create_bulk, get_job, get_job_result
from tintype_client.api.render import create_pdf, create_screenshot
from tintype_client.models import BulkRequest, ErrorBody, PdfRequest, ScreenshotRequest, Viewport
from tintype_client.tintype import (
    ApiError,
    AuthenticationError,
    CreditsExhaustedError,
    InvalidRequestError,
    JobFailedError,
    NotFoundError,
    Rendered,
    Tintype,
    TintypeError,
)

URL, KEY, POOR_KEY, PAGE = (os.environ[name] for name in ("TINTYPE_URL", "TINTYPE_KEY", "POOR_KEY", "PAGE"))
PNG, PDF = b"\x89PNG", b"%PDF-"
UNKNOWN_JOB = "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41"


def generated(key):
    return AuthenticatedClient(URL, key, prefix="", auth_header_name="X-API-Key")


def finished(client, job_id):
    job = get_job.sync(job_id, client=client, wait_s=30)
    while job.status in ("queued", "processing"):
        job = get_job.sync(job_id, client=client, wait_s=30)
    return job


def raises(kind, action, code):
    try:
        action()
    except kind as error:
        assert error.code == code, error
        return error
    raise AssertionError(f"no {kind.__name__}")


def submit_poll_download():
    client = generated(KEY)
    response = create_screenshot.sync_detailed(client=client, body=ScreenshotRequest(url=PAGE, async_mode=True))
    assert response.status_code == HTTPStatus.ACCEPTED
    assert response.parsed.poll_url == f"/v1/jobs/{response.parsed.job_id}" == response.headers["Location"]
    job = finished(client, response.parsed.job_id)
    assert job.status == "completed" and job.result_url == f"/v1/jobs/{job.job_id}/result", job
    file = get_job_result.sync(response.parsed.job_id, client=client)
    assert file.payload.read().startswith(PNG)


def files_at_once():
    client = generated(KEY)
    assert create_screenshot.sync(client=client, body=ScreenshotRequest(url=PAGE)).payload.read().startswith(PNG)
    assert create_pdf.sync(client=client, body=PdfRequest(url=PAGE)).payload.read().startswith(PDF)


def twenty_jobs_with_credits_for_seven():
    client = generated(POOR_KEY)
    body = BulkRequest.from_dict({"jobs": [{"type": "screenshot", "url": PAGE}] * 19 + [{"type": "pdf", "url": PAGE}]})
    batch = create_bulk.sync(client=client, body=body)
    assert (batch.submitted, batch.failed, batch.credits_used, batch.credits_remaining) == (7, 13, 7, 0), batch
    assert [entry.index for entry in batch.jobs] == list(range(20))
    for entry in batch.jobs[7:]:
        assert set(entry.to_dict()) == {"index", "error_code", "error_message"}, entry
        assert entry.error_code == "CREDITS_EXHAUSTED"
    for entry in batch.jobs[:7]:
        assert set(entry.to_dict()) == {"index", "job_id", "status", "poll_url"}, entry
        assert finished(client, entry.job_id).status == "completed"
    assert get_balance.sync(client=client).credits_remaining == 0


def errors_are_parsed():
    body = ScreenshotRequest(url=PAGE, viewport=Viewport(width=0))
    error = create_screenshot.sync(client=generated(KEY), body=body)
    assert isinstance(error, ErrorBody) and error.detail.errors[0].field == "viewport.width", error
    error = get_balance.sync(client=generated("tt_wrong"))
    assert isinstance(error, ErrorBody) and error.detail.code == error.error.code == "INVALID_API_KEY", error


def the_module_waits_and_saves():
    with Tintype(URL, KEY) as tintype:
        path = tintype.screenshot(ScreenshotRequest(url=PAGE)).save("page.png")
        assert path.read_bytes().startswith(PNG)
        assert tintype.pdf(PdfRequest(url=PAGE)).content.startswith(PDF)
        seen = []
        wrong = ScreenshotRequest(html="<p>", wait_for="p[")
        requests = [ScreenshotRequest(url=PAGE), wrong, PdfRequest(url=PAGE)]
        first, second, third = tintype.bulk(requests, lambda done, total: seen.append((done, total)))
        assert isinstance(first, Rendered) and isinstance(third, Rendered)
        assert isinstance(second, JobFailedError) and second.code == "SELECTOR_INVALID" and second.job_id, second
        assert seen == [(1, 3), (2, 3), (3, 3)]


def the_module_raises_typed_errors():
    page = ScreenshotRequest(url=PAGE)
    with Tintype(URL, KEY) as tintype:
        wide = ScreenshotRequest(url=PAGE, viewport=Viewport(width=9999))
        error = raises(InvalidRequestError, lambda: tintype.screenshot(wide), "VALIDATION_ERROR")
        assert list(error.errors) == ["viewport.width"] and error.request_id
        raises(NotFoundError, lambda: tintype.download(UNKNOWN_JOB), "JOB_NOT_FOUND")
        private = ScreenshotRequest(url="http://169.254.169.254/")
        raises(InvalidRequestError, lambda: tintype.screenshot(private), "URL_BLOCKED")
        wrong = ScreenshotRequest(html="<p>", wait_for="p[")
        raises(JobFailedError, lambda: tintype.screenshot(wrong), "SELECTOR_INVALID")
    with Tintype(URL, "tt_wrong") as stranger:
        error = raises(AuthenticationError, lambda: stranger.screenshot(page), "INVALID_API_KEY")
        assert isinstance(error, ApiError) and isinstance(error, TintypeError) and error.status == 401
    with Tintype(URL, POOR_KEY) as poor:
        raises(CreditsExhaustedError, lambda: poor.screenshot(page), "CREDITS_EXHAUSTED")
        assert [type(result) for result in poor.bulk([page])] == [TintypeError]


submit_poll_download()
files_at_once()
twenty_jobs_with_credits_for_seven()
errors_are_parsed()
the_module_waits_and_saves()
the_module_raises_typed_errors()
print("done")
