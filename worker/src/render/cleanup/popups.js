// Pop-ups and chat boxes.

function isChat(element, style) {
    if (element.matches(CHAT)) return true;
    if (style.position !== 'fixed' || isStructure(element) || coverage(element) > 0.5) return false;
    const source = element.localName === 'iframe' ? element.src : '';
    const { bottom } = element.getBoundingClientRect();
    if (element.querySelector('[type="password"]') || bottom < innerHeight / 2) return false;
    return CHAT_NAME.test(`${nameOf(element)} ${source}`);
}

function isPopup(element, style) {
    if (style.position === 'sticky' || !isLayer(element, style)) return false;
    if (isStructure(element) || !isShown(element) || Number(style.zIndex) < 0) return false;
    const covered = coverage(element);
    if (covered < 0.02 || !isOnTop(element)) return false;
    const isNamed = [element, ...element.children].some(named => POPUP_NAME.test(nameOf(named)));
    const isDialog = isModal(element) || element.matches('[aria-modal="true"], [role="dialog"], [role="alertdialog"]');
    if (covered > 0.6) {
        // A layer that the page's content is drawn over is its background.
        const isFront = Number(style.zIndex) >= 1 || isDialog || isDim(style) && isOnTop(element, 9);
        const isWall = isFront && (isNamed || isDialog || canBeClosed(element) || isDim(style));
        return isWall && hasContentBeside(element);
    }
    const isCentred = holdsCentre(element) && (isNamed || isDialog || canBeClosed(element));
    const isOffer = isNamed && (canBeClosed(element) || Boolean(element.querySelector('[type="email"]')));
    return (isCentred || isOffer) && hasContentBeside(element);
}

// Whether an element only dims or blurs the page.
function isBackdrop(element, style) {
    if (style.position !== 'fixed' && style.position !== 'absolute') return false;
    if (isStructure(element) || Number(style.zIndex) < 0 || coverage(element) < 0.9 || !isShown(element)) return false;
    if (element.querySelector('img, video, canvas, iframe, input') || textOf(element).length > 20) return false;
    return isDim(style) || CONSENT_NAME.test(nameOf(element)) || /backdrop|overlay|underlay|dim|mask/i.test(nameOf(element));
}

// Whether a background lets the page shine through.
function isDim({ backgroundColor, backdropFilter, opacity }) {
    const alpha = /[,/]\s*([\d.]+)\s*\)$/.exec(/rgba|\//.test(backgroundColor) ? backgroundColor : '')?.[1] ?? 1;
    const isTransparent = Number(alpha) > 0.05 && Number(alpha) < 1 || Number(opacity) > 0.05 && Number(opacity) < 0.95;
    return isTransparent || backdropFilter !== undefined && backdropFilter !== 'none';
}

function holdsCentre(element) {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return left < innerWidth / 2 && right > innerWidth / 2 && top < innerHeight / 2 && bottom > innerHeight / 2;
}

// Whether an element has a button that closes it.
function canBeClosed(element) {
    for (const button of within(element)) {
        if (!button.matches('button, a, [role="button"], [class*="close" i], [onclick]')) continue;
        const label = (button.innerText ?? '').trim() || button.getAttribute('aria-label') || button.getAttribute('title');
        if (CLOSE.test(label ?? '')) return true;
        if (/(^|[-_ ])(close|dismiss)/i.test(nameOf(button))) return true;
    }
    return false;
}
