// Scrolls back to where the page was.
async function () {
    const { scroller, left, top } = globalThis.scrolled ?? {};
    delete globalThis.scrolled;
    scroller?.scrollTo({ left, top, behavior: 'instant' });
    await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
}
