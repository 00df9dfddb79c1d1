/** Renders a page as a screenshot and as a PDF, and a batch of both: render.ts URL */
import { InvalidRequestError, Tintype, TintypeError } from "tintype-client";

const { TINTYPE_URL = "http://localhost:8080", TINTYPE_KEY = "" } = process.env;
const [, , url = "https://example.com"] = process.argv;
const tintype = new Tintype(TINTYPE_URL, TINTYPE_KEY);

await (await tintype.screenshot({ url, full_page: true })).save("screenshot.png");
await (await tintype.pdf({ url })).save("page.pdf");

const results = await tintype.bulk(
  [
    { type: "screenshot", url, viewport: { width: 390 } },
    { type: "screenshot", url, viewport: { width: 1280 } },
    { type: "pdf", url },
  ],
  (done, total) => console.log(`${done} of ${total}`),
);
for (const [number, result] of results.entries()) {
  if (result instanceof TintypeError) console.log(`page ${number} failed: ${result.message}`);
  else console.log(`page ${number}: ${result.content.length} bytes of ${result.contentType}`);
}

try {
  await tintype.screenshot({ url, viewport: { width: 100_000 } });
} catch (error) {
  if (!(error instanceof InvalidRequestError)) throw error;
  console.log(error.errors);
}
