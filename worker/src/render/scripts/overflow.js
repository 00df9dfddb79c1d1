// Returns by how much the content is wider than the window: 1 if it fits.
function () {
    const page = document.scrollingElement ?? document.documentElement;
    return Math.max(page.scrollWidth / innerWidth, 1);
}
