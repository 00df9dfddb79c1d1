// What an element is like, as far as it decides whether it is in the way.

const parentOf = element => element.parentElement ?? element.getRootNode().host;

const isModal = element => element.matches(':modal, :popover-open');

// Whether an element is placed over the page instead of in it.
function isLayer(element, style) {
    if (style.position === 'fixed' || isModal(element)) return true;
    if (style.position === 'sticky') return true;
    return style.position === 'absolute' && Number(style.zIndex) >= 100;
}

const isShown = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

// What an element is called.
function nameOf(element) {
    const attributes = ['id', 'class', 'aria-label', 'title', 'name', 'data-testid'];
    const names = attributes.map(name => element.getAttribute(name));
    if (element.localName.includes('-')) names.push(element.localName);
    return names.filter(name => typeof name === 'string' && name).join(' ');
}

// The elements in an element, also those in open shadow roots and in slots.
function* within(element) {
    if (element.shadowRoot) yield* elements(element.shadowRoot);
    for (const inner of elements(element)) {
        yield inner;
        if (inner.localName !== 'slot') continue;
        for (const assigned of inner.assignedElements()) {
            yield assigned;
            yield* elements(assigned);
        }
    }
}

// The text that is shown in an element.
function textOf(element) {
    const texts = [element.innerText ?? ''];
    if (element.shadowRoot) texts.push(textIn(element.shadowRoot));
    for (const inner of within(element)) {
        if (inner.shadowRoot) texts.push(textIn(inner.shadowRoot));
        if (inner.localName !== 'slot') continue;
        for (const assigned of inner.assignedElements()) texts.push(assigned.innerText ?? '');
    }
    return texts.join(' ').trim();
}

function textIn(root) {
    const shown = [...root.children].filter(({ localName }) => !/^(style|script|template)$/.test(localName));
    return shown.map(child => child.innerText ?? '').join(' ');
}

// The share of the window that an element covers.
function coverage(element) {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const width = Math.min(right, innerWidth) - Math.max(left, 0);
    const height = Math.min(bottom, innerHeight) - Math.max(top, 0);
    return width > 0 && height > 0 ? width * height / (innerWidth * innerHeight) : 0;
}

// Whether an element is what is seen at this many of nine points of it in the window.
function isOnTop(element, points = 5) {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const [x0, x1] = [Math.max(left, 0), Math.min(right, innerWidth)];
    const [y0, y1] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
    let hits = 0;
    for (const x of [0.1, 0.5, 0.9]) {
        for (const y of [0.1, 0.5, 0.9]) {
            const seen = document.elementFromPoint(x0 + (x1 - x0) * x, y0 + (y1 - y0) * y);
            if (seen && (element.contains(seen) || isInside(element, seen))) hits++;
        }
    }
    return hits >= points;
}

// Whether one element is inside of another, across shadow roots.
function isInside(outer, element) {
    for (let at = element; at; at = parentOf(at)) if (at === outer) return true;
    return outer.getRootNode().host === element;
}

const LANDMARKS = 'main, article, nav, [role="main"], [role="navigation"], [role="article"]';

// Whether an element is, or holds, a part of the page that is more than a notice.
function isStructure(element) {
    if (/^(html|body|head|main|article|nav|header|footer)$/.test(element.localName)) return true;
    return element.matches(LANDMARKS + ', [role="banner"]') || Boolean(element.querySelector(LANDMARKS));
}

// Whether a page still shows something once an element is hidden.
function hasContentBeside(element) {
    const text = (document.body?.innerText.length ?? 0) - textOf(element).length;
    if (text >= 200) return true;
    for (const media of document.querySelectorAll('img, video, canvas, svg, iframe, embed, object')) {
        if (!element.contains(media) && isShown(media) && coverage(media) > 0.15) return true;
    }
    return false;
}
