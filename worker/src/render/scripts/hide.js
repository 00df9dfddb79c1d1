// Hides the elements that match any of the selectors, now and later. Returns a selector that is invalid.
function (selectors) {
    for (const selector of selectors) {
        try { document.querySelector(selector); } catch { return selector; }
    }
    if (!globalThis.hasHidden) {
        for (const selector of selectors) addRule(`${selector} { display: none !important }`);
        globalThis.hasHidden = true;
    }
    // An element's own important style wins over any rule.
    for (const element of elements(document)) {
        if (selectors.some(selector => element.matches(selector))) set(element, 'display', 'none');
    }
    return null;
}
