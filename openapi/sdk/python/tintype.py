"""Renders pages and waits for them: a small layer over the generated client.

with Tintype("http://localhost:8080", key) as tintype:
    tintype.screenshot(ScreenshotRequest(url="https://example.com")).save("example.png")
"""

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from .client import AuthenticatedClient
from .models import Accepted, BulkSubmitted, Job, PdfRequest, ScreenshotRequest

WAIT_SECONDS = 30  # how long one call waits for a job to end; it is repeated until the job has ended
ATTEMPTS = 5  # how often a call is made that the service cannot take at the moment, or whose connection breaks


class TintypeError(Exception):
    """Any error of the service. `code` is one of the documented codes, and never changes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class JobFailedError(TintypeError):
    """The job was accepted and failed. It has been refunded."""

    def __init__(self, job_id: str, code: str, message: str) -> None:
        super().__init__(code, message)
        self.job_id = job_id


class ApiError(TintypeError):
    """The service rejected a call."""

    def __init__(self, response: httpx.Response) -> None:
        detail = _detail(response)
        super().__init__(detail.get("code", "UNKNOWN"), detail.get("message", response.reason_phrase))
        self.status = response.status_code
        self.request_id: str | None = detail.get("request_id")
        self.retry_after: int | None = detail.get("retry_after")


class AuthenticationError(ApiError):
    """The key is missing, unknown, revoked or not allowed to do this."""


class CreditsExhaustedError(ApiError):
    """The balance is too small. Nothing was submitted."""


class NotFoundError(ApiError):
    """There is no such job, or its file has expired."""


class InvalidRequestError(ApiError):
    """The request is not valid. `errors` maps each invalid field to what is wrong with it."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response)
        self.errors: dict[str, str] = {each["field"]: each["message"] for each in _detail(response).get("errors", [])}


class OverloadedError(ApiError):
    """The service cannot take the call at the moment: try again after `retry_after` seconds."""


_ERRORS: dict[int, type[ApiError]] = {
    401: AuthenticationError,
    402: CreditsExhaustedError,
    403: AuthenticationError,
    404: NotFoundError,
    410: NotFoundError,
    422: InvalidRequestError,
    429: OverloadedError,
    503: OverloadedError,
}


@dataclass(frozen=True)
class Rendered:
    """A finished job and its file."""

    job: Job
    content: bytes
    content_type: str

    def save(self, path: str | Path) -> Path:
        """Writes the file, and returns its path."""
        path = Path(path)
        path.write_bytes(self.content)
        return path


class Tintype:
    """A client that waits. It is a context manager, which closes its connections."""

    def __init__(self, base_url: str, api_key: str) -> None:
        timeout = httpx.Timeout(WAIT_SECONDS + 30)
        self.client = AuthenticatedClient(base_url, api_key, prefix="", auth_header_name="X-API-Key", timeout=timeout)

    def __enter__(self) -> "Tintype":
        self.client.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.client.__exit__(*exception)

    def screenshot(self, request: ScreenshotRequest) -> Rendered:
        """Takes a screenshot, and returns it when it is done."""
        return self._render("/v1/screenshot", request.to_dict())

    def pdf(self, request: PdfRequest) -> Rendered:
        """Makes a PDF, and returns it when it is done."""
        return self._render("/v1/pdf", request.to_dict())

    def bulk(
        self, requests: Iterable[ScreenshotRequest | PdfRequest], on_progress: Callable[[int, int], None] | None = None
    ) -> list[Rendered | TintypeError]:
        """Renders up to 20 pages, and returns for each, in order, its file or its error.

        `on_progress` is called with the number of finished jobs and of all.
        """
        types = {ScreenshotRequest: "screenshot", PdfRequest: "pdf"}
        jobs = [{"type": types[type(request)], **request.to_dict()} for request in requests]
        submitted = BulkSubmitted.from_dict(self._submit("/v1/bulk", {"jobs": jobs}))
        results: list[Rendered | TintypeError] = []
        for entry in submitted.jobs:
            results.append(self._finish(entry.to_dict()))
            if on_progress:
                on_progress(len(results), len(jobs))
        return results

    def wait(self, job_id: str) -> Job:
        """Waits until a job has ended, and returns it: it is completed, or failed."""
        while True:
            response = self._call("GET", f"/v1/jobs/{job_id}", params={"wait_s": WAIT_SECONDS})
            job = Job.from_dict(response.json())
            if job.status in ("completed", "failed"):
                return job

    def download(self, job_id: str) -> Rendered:
        """Waits for a job, and returns its file."""
        job = self.wait(job_id)
        if job.status == "failed":
            raise JobFailedError(job_id, str(job.error_code), str(job.error_message))
        response = self._call("GET", f"/v1/jobs/{job_id}/result")
        return Rendered(job, response.content, response.headers["Content-Type"])

    def _render(self, path: str, body: dict[str, Any]) -> Rendered:
        accepted = Accepted.from_dict(self._submit(path, {**body, "async_mode": True}))
        return self.download(str(accepted.job_id))

    def _finish(self, entry: dict[str, Any]) -> Rendered | TintypeError:
        if "job_id" not in entry:
            return TintypeError(entry["error_code"], entry["error_message"])
        try:
            return self.download(entry["job_id"])
        except TintypeError as error:
            return error
        except httpx.TransportError as error:  # It concerns this job alone.
            return TintypeError("CONNECTION_FAILED", f"job {entry['job_id']}: {error}")

    def _submit(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        # With a key, a call that is repeated after a broken connection is not charged twice.
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        submitted: dict[str, Any] = self._call("POST", path, json=body, headers=headers).json()
        return submitted

    def _call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        http = self.client.get_httpx_client()
        for left in reversed(range(ATTEMPTS)):
            try:
                response = http.request(method, path, **arguments)
            except httpx.TransportError:
                if not left:
                    raise
                time.sleep(1)
                continue
            if response.is_success:
                return response
            error = _ERRORS.get(response.status_code, ApiError)(response)
            if not left or error.retry_after is None:
                break
            time.sleep(error.retry_after)
        raise error


def _detail(response: httpx.Response) -> dict[str, Any]:
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return {}  # a proxy in between answered
    return detail if isinstance(detail, dict) else {}
