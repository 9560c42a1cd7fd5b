// The venue's file: what is loaded is what was saved, however often the venue was killed and whatever was kept from before.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openVenueFile } from '../../../../connectors/exchange/simulator/durable-file.ts'
import type { VenueFile } from '../../../../connectors/exchange/simulator/durable-file.ts'
import { CLOSED_ORDERS_KEPT } from '../../../../connectors/exchange/simulator/state.ts'
import { createVenue } from '../../../../connectors/exchange/simulator/venue.ts'
import type { Venue } from '../../../../connectors/exchange/simulator/venue.ts'
import { bitcoin, ether, openVenue, order, quote, startMs } from './kit.ts'

let folder = ''
let file: VenueFile

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-venue-file-'))
  file = openVenueFile(join(folder, 'venue.sqlite'), startMs)
})
afterEach(() => {
  file.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Trades `times` to and fro, with a save after every `each` orders. */
function trade(venue: Venue, times: number, each = 1): void {
  for (let n = 0; n < times; n++) {
    venue.submit(order({ side: n % 2 === 0 ? 'BUY' : 'SELL' }), startMs)
    if ((n + 1) % each === 0) save(venue)
  }
}

const save = (venue: Venue): void => {
  file.save(venue.view(), venue.changedAccounts(), venue.takeEvents())
}

/** Opens the file anew, and a venue from what is in it. */
function kill(): Venue {
  file.close()
  file = openVenueFile(join(folder, 'venue.sqlite'), startMs)
  return createVenue(
    { venue: 'binance', environment: 'PAPER', latencyMs: 0, reportLatencyMs: 0 },
    [bitcoin, ether],
    file.load(),
  )
}

test('every state that was saved comes back, ended orders with it', () => {
  let venue = openVenue({ walletUsd: '100000' })
  venue.onTick(quote(100, 100))
  save(venue)
  for (const times of [2, 1, 3]) {
    trade(venue, times)
    expect(file.load()).toEqual(venue.state())
    const before = venue.state()
    venue = kill()
    expect(venue.state()).toEqual(before)
  }
  expect(venue.state().accounts['main']?.closed_orders).toHaveLength(6)
})

test.each([
  ['one by one', 1],
  ['several at a time', 7],
  ['more at a time than are kept', CLOSED_ORDERS_KEPT + 5],
])('no more ended orders stay in it than the venue keeps, ended %s', (_, each) => {
  const venue = openVenue({ walletUsd: '100000' })
  venue.onTick(quote(100, 100))
  save(venue)
  trade(venue, each * Math.ceil((CLOSED_ORDERS_KEPT + 20) / each), each)
  expect(venue.state().accounts['main']?.closed_orders).toHaveLength(CLOSED_ORDERS_KEPT)
  expect(file.load()).toEqual(venue.state())
})
