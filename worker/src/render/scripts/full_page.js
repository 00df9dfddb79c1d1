// Prepares a page for being captured as a whole, and returns what is known only inside of it.
function () {
    const root = document.documentElement, { body } = document;
    scrollTo({ left: 0, top: 0, behavior: 'instant' });
    globalThis.isCaptured = true;
    unroll();
    const changes = [], frames = [], pinned = [], layers = [];
    for (const element of elements(document)) {
        const style = getComputedStyle(element), { backgroundAttachment, position } = style;
        if (style.contentVisibility === 'auto') changes.push([element, 'content-visibility', 'visible']);
        // Drawn for one window only.
        if (backgroundAttachment.includes('fixed')) {
            changes.push([element, 'background-attachment', backgroundAttachment.replaceAll('fixed', 'scroll')]);
        }
        if (position === 'fixed' || position === 'sticky') pinned.push(element);
        if (position === 'fixed' && style.zIndex < 0 && element.offsetHeight >= innerHeight) layers.push(element);
        if (isCrossOrigin(element)) frames.push(element);
    }
    for (const change of changes) set(...change);
    const height = Math.max(document.scrollingElement?.scrollHeight ?? 0, innerHeight);
    for (const layer of layers) {
        set(layer, 'position', 'absolute');
        set(layer, 'bottom', 'auto');
        set(layer, 'height', `${height}px`);
    }
    for (const element of [root, body]) if (element) extendPseudoLayers(element, height);
    const outside = frames.filter(isOutside);
    globalThis.captured = { frames: outside, pinned: pinned.map(element => [element, element.style?.visibility ?? '']) };
    return { hidesOverflowX: [root, body].some(hidesOverflow), frames: outside.length };

    // Whether an element shows a document of another origin, which is drawn only inside of the window.
    function isCrossOrigin({ localName, contentDocument, src, data, srcdoc }) {
        return /^(iframe|frame|object|embed)$/.test(localName) && !contentDocument && Boolean(src || data || srcdoc);
    }

    function isOutside(frame) {
        const { top, bottom, left, right } = frame.getBoundingClientRect();
        const isVisible = right - left > 1 && bottom - top > 1 && frame.checkVisibility({ visibilityProperty: true });
        return isVisible && (bottom > innerHeight || right > innerWidth) && bottom > 0 && right > 0;
    }

    function hidesOverflow(element) {
        return /hidden|clip/.test(element ? getComputedStyle(element).overflowX : '');
    }

    // A fixed layer behind the page may be a pseudo-element, which only a rule can change.
    function extendPseudoLayers(element, height) {
        for (const pseudo of ['::before', '::after']) {
            const style = getComputedStyle(element, pseudo);
            if (style.content === 'none' || style.position !== 'fixed' || !(style.zIndex < 0)) continue;
            if (parseFloat(style.height) < innerHeight) continue;
            addRule(`${element.localName}${pseudo} {
                position: absolute !important; bottom: auto !important; height: ${height}px !important; }`);
        }
    }
}
