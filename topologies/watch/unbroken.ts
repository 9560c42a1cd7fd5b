// How long the watchers have watched without a break. After a stop, a sleep or a jump of time nothing is missing at once:
// everybody gets the same time again to show a sign of life.

/** Notes the clock, about every `everyMs`; a gap of three times that is a break. True when the watch changed. */
export function noteClock(
  watch: { since_ms: number; looked_at_ms: number },
  nowMs: number,
  everyMs: number,
): boolean {
  const gapMs = nowMs - watch.looked_at_ms
  if (gapMs < everyMs) return false
  if (gapMs > 3 * everyMs) watch.since_ms = nowMs
  watch.looked_at_ms = nowMs
  return true
}

/**
 * Age in ms of what happened at `atMs` (null: never), not counting time before the last break. While an alert about it is
 * open that time counts too: a break clears nothing.
 */
export function unbrokenAgeMs(
  watch: { readonly since_ms: number },
  atMs: number | null,
  nowMs: number,
  isOpen = false,
): number {
  if (isOpen) return nowMs - (atMs ?? -Infinity)
  return nowMs - Math.max(atMs ?? watch.since_ms, watch.since_ms)
}
