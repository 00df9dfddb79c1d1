"""Calls a site that poses as the service: it is busy at first, newer than the client, and has a broken proxy."""

import os

from tintype_client.models import PdfRequest, ScreenshotRequest
from tintype_client.tintype import ApiError, Tintype

with Tintype(os.environ["SITE"], os.environ["TINTYPE_KEY"]) as tintype:
    rendered = tintype.screenshot(ScreenshotRequest(html="<p>"))
    assert (rendered.content, rendered.content_type, rendered.job.format_) == (b"file", "image/avif", "avif"), rendered
    try:
        tintype.pdf(PdfRequest(html="<p>"))
    except ApiError as error:
        assert (error.status, error.code, error.retry_after) == (502, "UNKNOWN", None), error
    else:
        raise AssertionError("a 502 raises an error")
print("done")
