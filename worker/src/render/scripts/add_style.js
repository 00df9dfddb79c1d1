// Adds a style sheet to the page, once in each document.
function (css) {
    if (globalThis.addedStyle?.isConnected) return;
    globalThis.addedStyle = document.createElementNS('http://www.w3.org/1999/xhtml', 'style');
    globalThis.addedStyle.textContent = css;
    (document.head ?? document.documentElement).append(globalThis.addedStyle);
}
