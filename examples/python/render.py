"""Renders a page as a screenshot and as a PDF, and a batch of both: render.py URL"""

import os
import sys

from tintype_client.models import PdfRequest, ScreenshotRequest, Viewport
from tintype_client.tintype import InvalidRequestError, Tintype, TintypeError

url = sys.argv[1]

with Tintype(os.environ["TINTYPE_URL"], os.environ["TINTYPE_KEY"]) as tintype:
    tintype.screenshot(ScreenshotRequest(url=url, full_page=True)).save("screenshot.png")
    tintype.pdf(PdfRequest(url=url)).save("page.pdf")

    pages = [ScreenshotRequest(url=url, viewport=Viewport(width=width)) for width in (390, 1280)]
    results = tintype.bulk([*pages, PdfRequest(url=url)], lambda done, total: print(f"{done} of {total}"))
    for number, result in enumerate(results):
        if isinstance(result, TintypeError):
            print(f"page {number} failed: {result}")
        else:
            print(f"page {number}: {len(result.content)} bytes of {result.content_type}")

    try:
        tintype.screenshot(ScreenshotRequest(url=url, viewport=Viewport(width=100_000)))
    except InvalidRequestError as error:
        print(error.errors)
