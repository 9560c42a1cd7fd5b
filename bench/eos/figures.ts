// Small sums for reports.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Three digits behind the point are more than a noisy machine knows. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
