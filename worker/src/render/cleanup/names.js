// Returns the classes and ids in the page, as far as there are few enough to be looked up.
function () {
    const MAX_NAMES = 20000;
    const classes = new Set(), ids = new Set();
    for (const element of elements(document)) {
        if (element.id && typeof element.id === 'string') ids.add(element.id);
        for (const name of element.classList) classes.add(name);
        if (classes.size + ids.size > MAX_NAMES) break;
    }
    return { classes: [...classes], ids: [...ids] };
}
