// Consent walls.

function isConsent(element, style) {
    if (element.matches(CONSENT)) return true;
    const isFrame = element.localName === 'iframe';
    const isNamed = CONSENT_NAME.test(nameOf(element) + (isFrame ? ` ${element.src}` : ''));
    if (isFrame) return isNamed && isLayer(element, style);
    if (isStructure(element) || !isOver(element, style, isNamed)) return false;
    const text = textOf(element);
    if (text.length > (isNamed ? 20000 : 4000)) return false;
    if (isLayer(element, style) && CONSENT_BANNER.test(nameOf(element))) return true;
    if (isNamed && !text) return isLayer(element, style) && Boolean(element.querySelector('iframe'));
    // An application may be one layer in which the word occurs.
    return CONSENT_TEXT.test(text) && hasChoice(element) && (isNamed || hasContentBeside(element));
}

// Whether an element is over the page. Inside of a layer that has other parts, a banner is known by its name.
function isOver(element, style, isNamed) {
    if (isLayer(element, style) || /^(alert)?dialog$/.test(element.getAttribute('role'))) return true;
    if (!isNamed) return false;
    for (let at = parentOf(element); at && at !== document.body; at = parentOf(at)) {
        if (getComputedStyle(at).position === 'fixed') return true;
    }
    return false;
}

// Whether an element has a button with a choice.
function hasChoice(element) {
    for (const button of within(element)) {
        if (!button.matches('button, a, input, [role="button"], [onclick]')) continue;
        const label = (button.innerText || button.value || button.getAttribute('aria-label') || '').trim();
        if (label.length < 60 && CHOICE.test(label)) return true;
    }
    return false;
}

// Clicks a button that rejects, so that the consent manager puts the page in order itself. Once: after a reload it
// would reload the page again. Nothing that could lead to another page is clicked.
function reject(button) {
    const [navigation] = performance.getEntriesByType('navigation');
    if (cleaned.hasRejected || navigation?.type === 'reload' || leads(button)) return;
    cleaned.hasRejected = true;
    button.click();
}

function leads(button) {
    const link = button.closest('a[href]');
    if (link && !/^(#|javascript:|$)/i.test(link.getAttribute('href').trim())) return true;
    if (button.form && /^(submit|image)$/.test(button.type)) return true;
    return /\b(pay|subscri|abo\b|abonn|log ?in|sign ?in|anmelden)/i.test(button.innerText ?? '');
}
