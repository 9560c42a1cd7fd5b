// All market files of a run as one stream of ticks in event time, pulled one by one by a plain call.
// It decides nothing about the ticks; equal times keep the order of the files as given, then of their rows.
import { resolve } from 'node:path'
import type { ExchangeTick } from '../../../schemas/types.gen.ts'
import { readFileName, type MarketFileName } from './file-name.ts'
import {
  advanceFile,
  closeFile,
  fileBytesRead,
  prepareFile,
  startFile,
  type FileOptions,
  type FileTicks,
} from './file-ticks.ts'
import { MarketFileError, type BadRow } from './market-file-error.ts'

/** How a run reads its files; what is left out has a default. */
export interface MarketFeedOptions {
  /** Venue that all ticks carry: the one that prices and trades. */
  venue: string
  /** Receives each row that is refused; the feed then goes on. */
  onBadRow: (row: BadRow) => void
  /** Spread of the quotes that bars are given, in basis points; 2 by default. */
  spreadBps?: number
  /** How far time may go back inside a file of ticks before a row is refused; 1,000 ms by default. */
  backwardsToleranceMs?: number
  /** Gzip files above this size are inflated by a thread; 8 MiB by default. */
  wholeInflateLimitBytes?: number
}

/** How dense the data is: what clock and staleness limits have to fit. */
export interface FeedSpacing {
  kind: 'ticks' | 'bars' | 'mixed'
  /** Length of the longest bars, null without bars. Ticks of a bar are a third of it apart. */
  barIntervalMs: number | null
}

/** How far a feed has come. */
export interface FeedProgress {
  bytesRead: number
  bytesTotal: number
  ticks: number
  badRows: number
}

/** Ticks of several files, merged. */
export interface MarketFeed extends Disposable {
  /** The next tick, null after the last. Throws MarketFileError when a file turns out broken. */
  next(): ExchangeTick | null
  /** Time of the first tick; null when no beginning of a file holds a good row. */
  readonly firstAtMs: number | null
  readonly symbols: readonly string[]
  readonly files: readonly MarketFileName[]
  readonly spacing: FeedSpacing
  progress(): FeedProgress
  close(): void
}

/**
 * Opens files given as paths or as SYMBOL:KIND:PATH. The name, the beginning and the columns of each are checked here;
 * throws MarketFileError for the first that does not fit. Close the feed, or hold it with `using`.
 */
export function openMarketFiles(given: readonly string[], options: MarketFeedOptions): MarketFeed {
  const fileOptions: FileOptions = {
    venue: options.venue,
    onBadRow: options.onBadRow,
    spreadBps: options.spreadBps ?? 2,
    backwardsToleranceMs: options.backwardsToleranceMs ?? 1_000,
    wholeInflateLimitBytes: options.wholeInflateLimitBytes,
  }
  const names = given.map(readFileName)
  refuseTwice(names)
  const files = names.map((name, index) => prepareFile(name, index, fileOptions))
  const heap = [...files].sort((left, right) => (isBefore(left, right) ? -1 : 1))
  const firstAtMs = heap[0] !== undefined && heap[0].atMs > 0 ? heap[0].atMs : null
  let ticks = 0

  function next(): ExchangeTick | null {
    for (;;) {
      const first = heap[0]
      if (first === undefined) return null
      const tick = first.tick
      if (tick !== null) advanceFile(first)
      else startFile(first)
      if (first.done) removeFirst(heap)
      else siftDown(heap, first)
      if (tick !== null) {
        ticks += 1
        return tick
      }
    }
  }

  function close(): void {
    heap.length = 0
    for (const file of files) closeFile(file)
  }

  return {
    next,
    firstAtMs,
    symbols: [...new Set(names.map((name) => name.symbol))],
    files: names,
    spacing: spacingOf(files),
    progress: () => ({
      bytesRead: sum(files, fileBytesRead),
      bytesTotal: sum(files, (file) => file.sizeBytes),
      ticks,
      badRows: sum(files, (file) => file.badRows),
    }),
    close,
    [Symbol.dispose]: close,
  }
}

/** Order of the merge: millisecond, then what is below it, then the order in which the files were given. */
function isBefore(left: FileTicks, right: FileTicks): boolean {
  if (left.atMs !== right.atMs) return left.atMs < right.atMs
  if (left.subMillisecondNs !== right.subMillisecondNs) {
    return left.subMillisecondNs < right.subMillisecondNs
  }
  return left.index < right.index
}

function removeFirst(heap: FileTicks[]): void {
  const last = heap.pop()
  if (last !== undefined && heap.length > 0) siftDown(heap, last)
}

/** Puts `file` at the root of the binary heap and lets it sink to its place. */
function siftDown(heap: FileTicks[], file: FileTicks): void {
  let at = 0
  for (;;) {
    let childAt = 2 * at + 1
    let child = heap[childAt]
    if (child === undefined) break
    const other = heap[childAt + 1]
    if (other !== undefined && isBefore(other, child)) {
      child = other
      childAt += 1
    }
    if (!isBefore(child, file)) break
    heap[at] = child
    at = childAt
  }
  heap[at] = file
}

function spacingOf(files: readonly FileTicks[]): FeedSpacing {
  const intervals = files.flatMap(({ intervalMs }) => (intervalMs === null ? [] : [intervalMs]))
  if (intervals.length === 0) return { kind: 'ticks', barIntervalMs: null }
  const kind = intervals.length === files.length ? 'bars' : 'mixed'
  return { kind, barIntervalMs: Math.max(...intervals) }
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0)
}

function refuseTwice(names: readonly MarketFileName[]): void {
  const seen = new Set<string>()
  for (const { path } of names) {
    const full = resolve(path)
    if (seen.has(full)) {
      const expected = 'each file once'
      throw new MarketFileError({ file: path, line: 0, column: '', value: 'given twice', expected })
    }
    seen.add(full)
  }
}
