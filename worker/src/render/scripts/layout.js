// Shared by the scripts that change a page's layout before it is captured.

// Sets a property of an element, whatever the page's rules say. A form may hide its style behind a field of that name.
const set = (element, name, value) => {
    try { element.style.setProperty(name, value, 'important'); } catch { /* It stays as it is. */ }
};

// Adds a rule to the page's own.
const addRule = rule => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rule);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
};

// All elements of a document or shadow root, including those in open shadow roots.
function* elements(root) {
    for (const element of root.querySelectorAll('*')) {
        yield element;
        if (element.shadowRoot) yield* elements(element.shadowRoot);
    }
}

// The element that scrolls the page: the document, or the only large scroller inside a document that does not scroll.
// One that scrolls by a few pixels has a margin around an element of the window's height.
function findScroller() {
    const page = document.scrollingElement ?? document.documentElement;
    const hidden = element => element && /hidden|clip/.test(getComputedStyle(element).overflowY);
    const isFixed = hidden(document.documentElement) || hidden(document.body);
    if (!isFixed && page.scrollHeight > innerHeight + 64) return page;
    const scrolls = element =>
        element.scrollHeight > element.clientHeight + 1 && element !== page && !/^(textarea|select)$/.test(element.localName) &&
        element.clientHeight >= innerHeight / 2 && element.clientWidth >= innerWidth / 2 &&
        /auto|scroll|overlay/.test(getComputedStyle(element).overflowY);
    let largest = page, height = 0;
    for (const element of elements(document)) {
        if (element.scrollHeight > height && scrolls(element)) [largest, height] = [element, element.scrollHeight];
    }
    return largest;
}

// Gives the only scroller of a page, if it is an inner one, the height of its content.
function unroll() {
    const scroller = findScroller();
    if (scroller === (document.scrollingElement ?? document.documentElement)) return;
    const parent = element => element.parentElement ?? element.getRootNode().host;
    const shown = overflow => /hidden|clip/.test(overflow) ? 'clip' : 'visible';
    for (let element = scroller; element; element = parent(element)) {
        const style = getComputedStyle(element), outer = parent(element) && getComputedStyle(parent(element));
        set(element, 'overflow-x', shown(style.overflowX));
        set(element, 'overflow-y', 'visible');
        set(element, 'height', 'auto');
        set(element, 'max-height', 'none');
        if (style.position === 'fixed') set(element, 'position', 'absolute');
        if (/fixed|absolute/.test(style.position)) set(element, 'bottom', 'auto');
        if (outer?.display.includes('flex') && outer.flexDirection.startsWith('column')) set(element, 'flex', '0 0 auto');
        if (/size|strict/.test(style.contain)) set(element, 'contain', 'none');
        set(element, 'container-type', 'normal');
    }
}
