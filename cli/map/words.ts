// Times, durations and numbers as the reality map writes them: an age never without its absolute time.

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** `0.4 s`, `12 s`, `3 m 20 s`, `2 h 5 m`, `370 d`. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`
  if (ms < 10 * secondMs) return `${(ms / secondMs).toFixed(1)} s`
  if (ms < minuteMs) return `${Math.floor(ms / secondMs).toString()} s`
  if (ms < hourMs) return `${parts(ms, minuteMs, 'm', secondMs, 's')}`
  if (ms < dayMs) return `${parts(ms, hourMs, 'h', minuteMs, 'm')}`
  return `${Math.floor(ms / dayMs).toString()} d`
}

function parts(ms: number, large: number, largeName: string, small: number, smallName: string) {
  const rest = Math.floor((ms % large) / small)
  const head = `${Math.floor(ms / large).toString()} ${largeName}`
  return rest === 0 ? head : `${head} ${rest.toString()} ${smallName}`
}

/** `2026-01-19T12:03:20Z (0.4 s ago)`, or `never`. */
export function moment(atMs: number | null, nowMs: number): string {
  if (atMs === null) return 'never'
  const utc = `${new Date(atMs).toISOString().slice(0, 19)}Z`
  const ageMs = nowMs - atMs
  return ageMs < 0 ? `${utc} (in ${duration(-ageMs)})` : `${utc} (${duration(ageMs)} ago)`
}

/** `67,448`. */
export function count(n: number): string {
  return n.toLocaleString('en-US')
}
