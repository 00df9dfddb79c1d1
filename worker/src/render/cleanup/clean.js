// Removes consent walls from the page and, if `popups`, also pop-ups and chat boxes; now, and whenever the page changes
// until it is captured. Returns how many elements were removed.
function ({ popups }) {
    const MAX_ELEMENTS = 30000;
    globalThis.cleaned ??= start();
    cleaned.popups ||= popups;
    cleaned.isChanged ||= Boolean(globalThis.hasHiddenLayer);
    pass();
    return cleaned.hidden.size;

    function start() {
        const observer = new MutationObserver(schedule);
        for (const type of ['transitionend', 'animationend', 'load']) addEventListener(type, schedule, true);
        const state = { popups: false, isChanged: false, hasRejected: false, hidden: new Set() };
        return { ...state, observer, observed: new Set(), next: null, duration: 0 };
    }

    // One pass after the last change, and a large page spends a fifth of its time on passes at most.
    function schedule() {
        cleaned.next ??= setTimeout(() => { cleaned.next = null; pass(); }, Math.max(100, cleaned.duration * 4));
    }

    function observe(root) {
        if (cleaned.observed.has(root)) return;
        cleaned.observed.add(root);
        const attributeFilter = ['class', 'style', 'open', 'hidden', 'inert'];
        cleaned.observer.observe(root, { childList: true, subtree: true, attributeFilter });
    }

    function pass() {
        const begin = performance.now(), backdrops = [];
        observe(document);
        let count = 0;
        for (const element of elements(document)) {
            if (++count > MAX_ELEMENTS) break;
            // A form may hide its methods behind fields of their names.
            try { inspect(element, backdrops); } catch { /* It stays. */ }
        }
        // A backdrop without its box is in the way; one on a page that never had a box may be a part of its design.
        if (cleaned.isChanged) backdrops.forEach(hide);
        unlock();
        // The changes of this pass must not start another.
        cleaned.observer.takeRecords();
        cleaned.duration = performance.now() - begin;
    }

    function inspect(element, backdrops) {
        if (element.shadowRoot) observe(element.shadowRoot);
        if (/^(script|style|link|meta|head|title|br|path)$/.test(element.localName) || isHidden(element)) return;
        if (element.matches(REJECT)) reject(element);
        const style = getComputedStyle(element);
        if (style.display === 'none') return;
        const isUnwanted = isConsent(element, style) || cleaned.popups && (isChat(element, style) || isPopup(element, style));
        if (isUnwanted) hide(element);
        else if (isBackdrop(element, style)) backdrops.push(element);
    }

    function isHidden(element) {
        return cleaned.hidden.has(element) && getComputedStyle(element).display === 'none';
    }

    function hide(element) {
        cleaned.hidden.add(element);
        cleaned.isChanged = true;
        set(element, 'display', 'none');
        // A modal dialog makes the rest of the page inert.
        if (element.localName === 'dialog' && element.open) element.close();
        else if (element.popover && element.matches(':popover-open')) element.hidePopover();
    }
}
