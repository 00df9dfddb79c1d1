// Waits until the fonts in use have loaded, for at most `timeout` milliseconds. Returns whether they have.
async function (timeout) {
    const documents = (root, found = [root]) => {
        for (const frame of root.querySelectorAll('iframe, frame, object')) {
            const inner = frame.contentDocument; // null if the frame is of another origin
            if (inner) { found.push(inner); documents(inner, found); }
        }
        return found;
    };
    const all = documents(document);
    // A font is requested when a layout needs it, and a page may not have been laid out yet.
    const loading = () => all.filter(inner => inner.documentElement?.getBoundingClientRect() && inner.fonts?.status === 'loading');
    const timedOut = new Promise(done => setTimeout(done, timeout, true));
    while (loading().length) {
        const ready = Promise.all(loading().map(inner => inner.fonts.ready)).then(() => false);
        if (await Promise.race([ready, timedOut])) return false;
    }
    return true;
}
