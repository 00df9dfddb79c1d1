{
    const { getContext } = HTMLCanvasElement.prototype;
    const isWebgl = type => /^(experimental-)?webgl2?$/.test(type);
    HTMLCanvasElement.prototype.getContext = function (type, options) {
        return getContext.call(this, type, isWebgl(type) ? { ...options, preserveDrawingBuffer: true } : options);
    };
}
