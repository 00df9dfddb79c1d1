// Hides what a style sheet of filter lists hides, also in open shadow roots. Replaces the sheet of an earlier call.
function (css) {
    globalThis.listed ??= new CSSStyleSheet();
    listed.replaceSync(css);
    // The page may be locked on behalf of a layer.
    globalThis.hasHiddenLayer ||= [...listed.cssRules].some(({ selectorText }) => find(selectorText).some(isLayer));
    adopt(document);
    for (const element of elements(document)) if (element.shadowRoot) adopt(element.shadowRoot);

    function find(selector) {
        try { return [...document.querySelectorAll(selector)]; } catch { return []; }
    }

    function isLayer(element) {
        const { display, position } = getComputedStyle(element);
        if (display === 'none') return false;
        const dialog = element.closest(':modal, [aria-modal="true"], [role="dialog"]');
        return position === 'fixed' || Boolean(dialog);
    }

    function adopt(root) {
        if (!root.adoptedStyleSheets.includes(listed)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, listed];
    }
}
