// Clicks the first element that matches a selector. Returns whether there is one, or the selector if it is invalid.
function (selector) {
    let element;
    try { element = document.querySelector(selector); } catch { return selector; }
    if (!element) return false;
    element.scrollIntoView({ block: 'center', behavior: 'instant' });
    if (element.click) element.click();
    else element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, view: window }));
    scrollTo({ left: 0, top: 0, behavior: 'instant' });
    return true;
}
