// Waits until animations that end have ended, for at most `timeout` milliseconds. Returns how many have not.
async function (timeout) {
    const roots = [document, ...[...elements(document)].map(element => element.shadowRoot).filter(Boolean)];
    const ending = () => roots.flatMap(root => root.getAnimations()).filter(animation =>
        animation.playState === 'running' && Number.isFinite(animation.effect?.getComputedTiming().endTime));
    const end = performance.now() + timeout;
    const timedOut = new Promise(done => setTimeout(done, timeout));
    // One animation may start another.
    while (ending().length && performance.now() < end) {
        await Promise.race([Promise.allSettled(ending().map(animation => animation.finished)), timedOut]);
    }
    return ending().length;
}
