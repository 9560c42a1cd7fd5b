// When funding is due: at the time that the venue announced, else at the next multiple of the interval.
import type { Book, World } from './world.ts'

/** The funding time after `nowMs`. An announcement that lies behind is an old message: paying on it would pay twice. */
export function fundingTime(book: Book, nowMs: number): number {
  if (book.announcedFundingAtMs > nowMs) return book.announcedFundingAtMs
  const intervalMs =
    book.fundingIntervalMs > 0 ? book.fundingIntervalMs : book.instrument.funding_interval_ms
  return (Math.floor(nowMs / intervalMs) + 1) * intervalMs
}

/** The next time at which a command reaches the book or funding is due; Infinity when nothing is. */
export function nextDueMs(world: World): number {
  let dueMs = world.queue[0]?.due_ms ?? Infinity
  for (const book of world.books.values()) if (book.fundingAtMs < dueMs) dueMs = book.fundingAtMs
  return dueMs
}
