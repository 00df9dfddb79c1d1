// Gives a page its scrolling back that a wall took from it.

function unlock() {
    const roots = [document.documentElement, document.body].filter(Boolean);
    const isLocked = cleaned.isChanged || roots.some(root => CONSENT_LOCK.test(root.className));
    if (!isLocked) return;
    for (const root of roots) {
        const style = getComputedStyle(root);
        if (/hidden|clip/.test(style.overflowY)) scroll(root, style.overflowX);
        if (root === document.body && style.position === 'fixed') release(root, style);
        if (style.visibility === 'hidden') set(root, 'visibility', 'visible');
        if (style.opacity === '0') set(root, 'opacity', '1');
        clear(root, style);
    }
    for (const element of document.querySelectorAll('[inert], body > *, body > * > *')) {
        element.inert = false;
        clear(element, getComputedStyle(element));
    }
}

// Lets a root scroll down. What is too wide stays cut off.
function scroll(root, overflowX) {
    set(root, 'overflow-x', /hidden|clip/.test(overflowX) ? 'clip' : overflowX);
    set(root, 'overflow-y', root === document.body ? 'visible' : 'auto');
}

// A page that is fixed in place has its position as a negative offset.
function release(body, style) {
    const top = -parseFloat(style.top) || 0;
    set(body, 'position', 'static');
    if (top > 0) scrollTo({ top, behavior: 'instant' });
}

// Takes a blur or a shade of grey from an element.
function clear(element, { filter }) {
    if (/blur|grayscale|brightness/.test(filter)) set(element, 'filter', 'none');
}

// Classes that consent managers give to a page that they lock.
const CONSENT_LOCK = /cookie|consent|gdpr|sp-message-open|didomi-popup-open|truste|klaro|qc-cmp|cmp-(open|active)|(^|\s)uc-/i;
