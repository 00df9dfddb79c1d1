// Scrolls through the page one window at a time, from `from` on, in CSS pixels, for at most `timeout` milliseconds.
// An endless page is left at a limit that depends on its height at first. Returns how far it came, and whether the
// page goes on.
async function (from, timeout) {
    const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
    const end = performance.now() + timeout;
    const scroller = findScroller();
    const scrollTo = top => scroller.scrollTo({ top, behavior: 'instant' });
    globalThis.scrolled ??= { scroller, left: scroller.scrollLeft, top: scroller.scrollTop, limit: limit(scroller.scrollHeight) };
    const step = Math.max(scroller.clientHeight, 100);
    let isLimited = false;
    for (let top = from; ; top = scroller.scrollTop + step) {
        scrollTo(top);
        await frame();
        await frame();
        const isEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
        if (isEnd || scroller.scrollTop < top - 1) break;
        isLimited = top + step > scrolled.limit || performance.now() > end;
        if (isLimited) break;
    }
    return { top: scroller.scrollTop, isLimited };

    // Less than what can be captured, because an endless page grows once more at the limit.
    function limit(height) {
        return Math.max(Math.min(Math.max(height * 3, height + 10000), 24000), Math.min(height, 30000));
    }
}
