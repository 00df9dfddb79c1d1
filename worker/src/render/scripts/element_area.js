// Shows the first element that matches a selector, so that what it waits for loads, and returns its area in the page:
// null if nothing matches, the selector if it is invalid.
function (selector) {
    let element;
    try { element = document.querySelector(selector); } catch { return selector; }
    if (!element) return null;
    const { scrollX, scrollY } = window;
    element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    scrollTo({ left: scrollX, top: scrollY, behavior: 'instant' });
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const isVisible = element.checkVisibility({ visibilityProperty: true });
    const x = Math.max(left + scrollX, 0), y = Math.max(top + scrollY, 0);
    return { x, y, width: isVisible ? right + scrollX - x : 0, height: isVisible ? bottom + scrollY - y : 0 };
}
