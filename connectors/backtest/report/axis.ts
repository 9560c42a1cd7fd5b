// Where the marks of an axis go and what they say: round values for money, round UTC times for time.

/** One mark of an axis. */
export interface AxisMark {
  value: number
  label: string
}

/** About `count` round values (1, 2 or 5 times a power of ten) from `low` to `high`. */
export function valueMarks(
  low: number,
  high: number,
  count: number,
  label: (value: number, step: number) => string,
): AxisMark[] {
  const rough = (high - low) / count
  if (!(rough > 0)) return [{ value: low, label: label(low, 1) }]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power
  const marks: AxisMark[] = []
  for (let index = Math.ceil(low / step); index * step <= high; index += 1) {
    marks.push({ value: index * step, label: label(index * step, step) })
  }
  return marks
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const MONTH_MS = 30 * DAY_MS

const fixedSteps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE_MS),
  ...[1, 2, 4, 6, 12].map((count) => count * HOUR_MS),
  ...[1, 2, 5, 10].map((count) => count * DAY_MS),
]
const monthSteps = [1, 2, 3, 6, 12, 24, 60, 120]
const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** At most `count` round UTC times from `fromMs` to `toMs`. */
export function timeMarks(fromMs: number, toMs: number, count: number): AxisMark[] {
  const rough = (toMs - fromMs) / count
  if (!(rough > 0)) return []
  const step = fixedSteps.find((stepMs) => stepMs >= rough)
  return step === undefined
    ? monthMarks(fromMs, toMs, rough / MONTH_MS)
    : fixedMarks(fromMs, toMs, step)
}

function fixedMarks(fromMs: number, toMs: number, stepMs: number): AxisMark[] {
  const marks: AxisMark[] = []
  for (let at = Math.ceil(fromMs / stepMs) * stepMs; at <= toMs; at += stepMs) {
    marks.push({ value: at, label: labelTime(at, stepMs) })
  }
  return marks
}

function monthMarks(fromMs: number, toMs: number, roughMonths: number): AxisMark[] {
  const step = monthSteps.find((months) => months >= roughMonths) ?? 240
  const start = new Date(fromMs)
  const marks: AxisMark[] = []
  let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step
  for (;;) {
    const at = Date.UTC(Math.floor(month / 12), month % 12)
    if (at > toMs) return marks
    if (at >= fromMs) marks.push({ value: at, label: labelMonth(month) })
    month += step
  }
}

function labelMonth(month: number): string {
  const year = Math.floor(month / 12)
  return month % 12 === 0 ? String(year) : `${monthNames[month % 12] ?? ''} ${year}`
}

function labelTime(atMs: number, stepMs: number): string {
  const text = new Date(atMs).toISOString()
  const day = `${Number(text.slice(8, 10))} ${monthNames[Number(text.slice(5, 7)) - 1] ?? ''}`
  if (stepMs >= DAY_MS || (atMs % DAY_MS === 0 && stepMs >= HOUR_MS)) return day
  return stepMs < MINUTE_MS ? text.slice(11, 19) : text.slice(11, 16)
}
