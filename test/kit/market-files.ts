// Market files for tests: written to a folder of their own, which goes away with the test.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import type { ExchangeTick } from '../../schemas/types.gen.ts'
import {
  openMarketFiles,
  type MarketFeed,
  type MarketFeedOptions,
} from '../../connectors/backtest/files/market-feed.ts'
import type { BadRow } from '../../connectors/backtest/files/market-file-error.ts'

export const tradesHeader = 'id,price,qty,quote_qty,time,is_buyer_maker'
export const quotesHeader =
  'update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time'
export const klinesHeader =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore'

/** Writes lines, or bytes as they are, and returns the path. Names that end in .gz are packed unless given as bytes. */
export function marketFile(name: string, content: readonly string[] | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'market-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  writeFileSync(path, Buffer.isBuffer(content) ? content : pack(name, content))
  return path
}

function pack(name: string, lines: readonly string[]): Buffer {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  return name.endsWith('.gz') ? gzipSync(bytes) : bytes
}

/** All that a feed gives: ticks, and rows that it refused. */
export interface FeedRead {
  ticks: ExchangeTick[]
  badRows: BadRow[]
}

/** Opens a feed that collects its bad rows and is closed with the test. */
export function feedOf(
  paths: readonly string[],
  options: Partial<MarketFeedOptions> = {},
): { feed: MarketFeed; badRows: BadRow[] } {
  const badRows: BadRow[] = []
  const feed = openMarketFiles(paths, {
    venue: 'binance',
    onBadRow: (row) => badRows.push(row),
    ...options,
  })
  onTestFinished(() => feed.close())
  return { feed, badRows }
}

/** Reads files to their end. */
export function readFeed(
  paths: readonly string[],
  options: Partial<MarketFeedOptions> = {},
): FeedRead {
  const { feed, badRows } = feedOf(paths, options)
  const ticks: ExchangeTick[] = []
  for (let tick = feed.next(); tick !== null; tick = feed.next()) ticks.push(tick)
  return { ticks, badRows }
}
