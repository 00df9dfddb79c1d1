// Scrolls to a part of a frame that is outside of the window, and returns where the part is: in CSS pixels of the
// page for the browser, and of the frame. Returns null beyond the frame's end.
async function (index, offset) {
    const { frames, pinned } = globalThis.captured;
    const frame = frames[index];
    // What sticks to the window would cover the frame.
    for (const [element] of pinned) if (!element.contains(frame)) set(element, 'visibility', 'hidden');
    const content = () => {
        const { left, top } = frame.getBoundingClientRect();
        return { left: left + frame.clientLeft, top: top + frame.clientTop };
    };
    const height = Math.min(frame.clientHeight - offset, innerHeight);
    const width = Math.min(frame.clientWidth, innerWidth);
    if (height < 1 || width < 1) return null;
    // A page that grows to the left begins at a negative position.
    scrollTo({ left: -1e6, behavior: 'instant' });
    const start = scrollX;
    scrollBy({ left: content().left, top: content().top + offset, behavior: 'instant' });
    for (let count = 0; count < 3; count++) await new Promise(done => requestAnimationFrame(done));
    const { left, top } = content();
    return { x: left + scrollX - start, y: top + offset + scrollY, width, height };
}
