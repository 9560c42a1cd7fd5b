// The day that limits and results are counted in: from 00:00 UTC, by the time of the records.

export const dayMs = 86_400_000

/** 00:00 UTC of the day that a time belongs to. */
export const dayStartOf = (atMs: number): number => atMs - (atMs % dayMs)
