// Scrolls back to the top of the page, and shows again what was hidden for the frames.
async function () {
    const { pinned } = globalThis.captured;
    for (const [element, visibility] of pinned) element.style?.setProperty('visibility', visibility);
    scrollTo({ left: 0, top: 0, behavior: 'instant' });
    for (let count = 0; count < 2; count++) await new Promise(done => requestAnimationFrame(done));
}
