// Numbers, times and lengths as a report prints them: English, UTC, a true minus sign, a dash for what has no value.

const NONE = '–'
const MINUS = '−'

const usdFormat = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
})
const plainFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 8 })

/** 1234.5 → 1,234.50; with `signed`, gains carry a plus. Takes decimal strings. */
export function formatUsd(value: string | number | null, signed = false): string {
  return format(value, (number) => usdFormat.format(number), signed)
}

/** 0.1234 → 12.34 %. */
export function formatPercent(fraction: number | null, signed = false): string {
  return format(fraction, (number) => `${usdFormat.format(number * 100)} %`, signed)
}

/** A plain number with so many decimals. */
export function formatNumber(value: number | null, decimals = 2, signed = false): string {
  return format(value, (number) => number.toFixed(decimals), signed)
}

/** A quantity or price with all its decimals, grouped. */
export function formatExact(value: string | number): string {
  return format(value, (number) => plainFormat.format(number), false)
}

/** 2020-03-12 14:05:09, in UTC; milliseconds only with `precise`. */
export function formatTime(atMs: number | null, precise = false): string {
  if (atMs === null) return NONE
  const text = new Date(atMs).toISOString().replace('T', ' ')
  return text.slice(0, precise ? 23 : 19)
}

/** The two largest units: 3 d 4 h, 12 m 5 s, 850 ms. */
export function formatLength(lengthMs: number | null): string {
  if (lengthMs === null) return NONE
  if (lengthMs < 1_000) return `${Math.round(lengthMs)} ms`
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ]
  const first = units.findIndex(([, unitMs]) => lengthMs >= unitMs)
  const parts: string[] = []
  let restMs = lengthMs
  for (const [name, unitMs] of units.slice(first, first + 2)) {
    const count = Math.floor(restMs / unitMs)
    restMs -= count * unitMs
    if (count > 0) parts.push(`${count} ${name}`)
  }
  return parts.join(' ')
}

/** The class that colours a number: gain, loss or neither. */
export function toneOf(value: string | number | null): string {
  const number = Number(value ?? 0)
  if (number > 0) return 'gain'
  return number < 0 ? 'loss' : ''
}

function format(
  value: string | number | null,
  write: (number: number) => string,
  signed: boolean,
): string {
  const number = value === null ? NaN : Number(value)
  if (!Number.isFinite(number)) return NONE
  const text = write(Math.abs(number))
  // What rounds to nothing has no sign.
  if (!/[1-9]/.test(text)) return text
  if (number < 0) return MINUS + text
  return signed ? `+${text}` : text
}
