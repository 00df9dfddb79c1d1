// Gives a frame pictures of its content as its background: `tiles` are data URLs with their sizes and positions. A
// frame outside of the window is transparent.
async function (index, tiles) {
    const frame = globalThis.captured.frames[index];
    const layers = tiles.map(({ url, offset, width, height }) =>
        `url(${url}) 0 ${offset}px / ${width}px ${height}px no-repeat content-box content-box`);
    frame.style.setProperty('background', layers.join(), 'important');
    await Promise.all(tiles.map(({ url }) => Object.assign(new Image(), { src: url }).decode().catch(() => {})));
}
