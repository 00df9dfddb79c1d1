// Prepares a page for being printed, and returns the paper. The request's `size`, `sheet` (its width and height, whatever
// the orientation), `orientation` and `margin` of each side are null where it does not say them, and win over the page's `@page` rules unless `prefersCss`. All lengths are in
// CSS pixels. `origin` is that of a document that the job brought itself.
function ({ size, sheet, orientation, margin, defaults, prefersCss, origin }) {
    unroll();
    splitTables();
    if (origin) dropLinks(origin);
    const sides = ['top', 'right', 'bottom', 'left'];
    const rule = pageRule();
    const isSized = !prefersCss && Boolean(size || sheet || orientation);
    const paper = isSized ? fromRequest() : rule.size ?? fromRequest();
    const declarations = [], margins = {};
    if (isSized) overrule('size', `${paper.width}px ${paper.height}px`);
    for (const side of sides) {
        const isSent = !prefersCss && margin[side] !== null;
        if (isSent) overrule(`margin-${side}`, `${margin[side]}px`);
        margins[side] = isSent ? margin[side] : rule.margin[side] ?? defaults.margin[side];
    }
    // A page without rules of its own is printed on the paper as it is.
    if (declarations.length && (rule.all.length || rule.isHidden)) addRule(`@page { ${declarations.join('; ')} }`);
    const contentWidth = Math.max(paper.width - margins.left - margins.right, 1);
    return { width: paper.width, height: paper.height, contentWidth, prefersCssSize: !isSized, isWide: isWide(contentWidth) };

    // Lets a property of the paper win over the page's rules, also over important ones.
    function overrule(property, value) {
        for (const { style } of rule.all) style.removeProperty(property);
        declarations.push(`${property}: ${value} !important`);
    }

    function fromRequest() {
        if (sheet) return sheet;
        const isLandscape = orientation ? orientation === 'landscape' : rule.size && rule.size.width > rule.size.height;
        const upright = size ?? (rule.size ? turned(rule.size, 'portrait') : defaults.size);
        return isLandscape ? { width: upright.height, height: upright.width } : upright;
    }

    function turned({ width, height }, to) {
        const [short, long] = [Math.min(width, height), Math.max(width, height)];
        return to === 'landscape' ? { width: long, height: short } : { width: short, height: long };
    }

    // The size and the margins of the page's last `@page` rules without a selector.
    function pageRule() {
        const found = { margin: {}, all: [], isHidden: false };
        const read = rules => {
            for (const rule of rules) {
                if (rule instanceof CSSPageRule) found.all.push(rule);
                if (rule instanceof CSSPageRule && !rule.selectorText) {
                    found.size = parseSize(rule.style.getPropertyValue('size')) ?? found.size;
                    for (const side of sides) {
                        const value = toPixels(rule.style.getPropertyValue(`margin-${side}`));
                        if (value !== null) found.margin[side] = value;
                    }
                } else if (rule.styleSheet) {
                    readSheet(rule.styleSheet);
                } else if (rule.cssRules && (!rule.media || matchMedia(rule.media.mediaText).matches || /print/.test(rule.media.mediaText))) {
                    read(rule.cssRules);
                }
            }
        };
        const readSheet = sheet => {
            const { mediaText } = sheet.media;
            if (sheet.disabled || mediaText && !/all|print/.test(mediaText)) return;
            try { read(sheet.cssRules); } catch { found.isHidden = true; } // It is of another origin.
        };
        [...document.styleSheets, ...document.adoptedStyleSheets].forEach(readSheet);
        return found;
    }

    function parseSize(value) {
        const names = {
            a3: ['297mm', '420mm'], a4: ['210mm', '297mm'], a5: ['148mm', '210mm'], b4: ['250mm', '353mm'],
            b5: ['176mm', '250mm'], 'jis-b4': ['257mm', '364mm'], 'jis-b5': ['182mm', '257mm'],
            letter: ['8.5in', '11in'], legal: ['8.5in', '14in'], ledger: ['11in', '17in'],
        };
        const words = value.toLowerCase().split(/\s+/).filter(Boolean);
        if (!words.length || words[0] === 'auto') return undefined;
        const to = words.find(word => /^(portrait|landscape)$/.test(word)), rest = words.filter(word => word !== to);
        const [width, height = width] = (names[rest[0]] ?? rest).map(toPixels);
        const size = rest.length ? { width, height } : defaults.size;
        return size.width && size.height ? to ? turned(size, to) : size : undefined;
    }

    function toPixels(length) {
        const units = { px: 1, in: 96, cm: 96 / 2.54, mm: 96 / 25.4, q: 96 / 101.6, pt: 96 / 72, pc: 16 };
        const [, number, unit] = /^([\d.]+)([a-z]*)$/i.exec(length.trim()) ?? [];
        if (number === undefined) return null;
        return Number(number) === 0 ? 0 : units[unit.toLowerCase()] ? number * units[unit.toLowerCase()] : null;
    }

    // A link to the origin of the job's own document would lead nowhere.
    function dropLinks(origin) {
        const own = location.href.split('#')[0];
        for (const link of elements(document)) {
            if (!/^(a|area)$/.test(link.localName) || typeof link.href !== 'string') continue;
            if (link.href.startsWith(origin) && !link.href.startsWith(`${own}#`)) link.href = 'javascript:void 0';
        }
    }

    // Whether content may be wider than the sheet, in the layout for screens.
    function isWide(width) {
        const root = document.documentElement, { body } = document;
        const hides = element => /hidden|clip/.test(getComputedStyle(element).overflowX);
        if (!body || root.style === undefined || hides(root) || hides(body)) return false;
        const page = document.scrollingElement ?? root;
        // The window is as wide as the sheet, unless the page has a sheet of its own.
        if (Math.abs(innerWidth - width) <= 1) return page.scrollWidth > innerWidth + 1;
        const value = root.style.getPropertyValue('width'), priority = root.style.getPropertyPriority('width');
        set(root, 'width', `${width}px`);
        // Without a doctype, the body reports the size of the window.
        const isWide = root.scrollWidth > Math.max(innerWidth, width) + 1 || (document.compatMode === 'CSS1Compat'
            ? body.scrollWidth > body.clientWidth + 1
            : [...body.querySelectorAll('*')].some(element => element.getBoundingClientRect().right > width + 1));
        root.style.setProperty('width', value, priority);
        return isWide;
    }
}
