// Run in the isolated world of every document, before the page's own scripts.
if (self === top) {
    // A window with one entry in its history may be closed by its page. The tab of a person has two, because it began
    // with an empty page.
    history.pushState(null, '');
    // The browser tells a page of a resize when it captures more than the window, although the layout stays as it is.
    // Listeners of a window are called in their order, so this one has to be the first.
    const ignore = event => globalThis.isCaptured && event.stopImmediatePropagation();
    addEventListener('resize', ignore, true);
    visualViewport.addEventListener('resize', ignore, true);
}
