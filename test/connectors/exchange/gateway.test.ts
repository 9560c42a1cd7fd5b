// The order gateway: sends once, asks before it sends again, lets exits pass, and takes each event of the venue once.
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createGateway } from '../../../connectors/exchange/gateway.ts'
import type { Gateway } from '../../../connectors/exchange/gateway.ts'
import {
  accountSnapshot,
  deadLetter,
  fundingPaid,
  orderCommand,
  orderReport,
} from '../../../schemas/topics.ts'
import type { OrderCommand } from '../../../schemas/types.gen.ts'
import { createMemoryLog } from '../../kit/memory-log.ts'
import type { MemoryLog } from '../../kit/memory-log.ts'
import { fundingPaidOf, orderCommandOf, startMs } from '../../kit/records.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import type { FakeVenue, Fate } from './fake-venue.ts'
import { fakeVenue } from './fake-venue.ts'

const running: Gateway[] = []
afterEach(() => {
  for (const gateway of running.splice(0)) gateway.stop()
})

async function startGateway(log: MemoryLog, venue: FakeVenue, answerMs = 1_000): Promise<Gateway> {
  const gateway = createGateway({
    ...{ log, port: venue, accounts: ['main'], snapshotMs: 2_000, answerMs },
    logger: silentLogger,
  })
  running.push(gateway)
  await gateway.start()
  return gateway
}

/** A running gateway that has said hello to its venue. */
async function desk(answerMs?: number) {
  const log = createMemoryLog(startMs)
  const venue = fakeVenue()
  const gateway = await startGateway(log, venue, answerMs)
  await gateway.settled()
  return { log, venue, gateway }
}

/** Kills the gateway and starts another one on the same log. Answers to the old one are lost. */
async function restart(log: MemoryLog, venue: FakeVenue, old: Gateway): Promise<Gateway> {
  log.die()
  old.stop()
  log.revive()
  const gateway = await startGateway(log, venue)
  await gateway.settled()
  return gateway
}

async function after(ms: number, log: MemoryLog, gateway: Gateway): Promise<void> {
  log.setTime(log.nowMs() + ms)
  await gateway.settled()
}

const entryOf = (id: string, changes: Partial<OrderCommand> = {}): OrderCommand =>
  orderCommandOf({ client_order_id: id, command_id: `c-${id}`, parent_id: `p-${id}`, ...changes })
const exitOf = (id: string, changes: Partial<OrderCommand> = {}): OrderCommand =>
  entryOf(id, { purpose: 'EXIT', side: 'SELL', reduce_only: true, exit_kind: 'STOP', ...changes })
const cancelOf = (id: string, target: string): OrderCommand =>
  exitOf(id, { purpose: 'CANCEL', type: 'CANCEL', cancel_client_order_id: target })
const said = (log: MemoryLog): string[] =>
  log.values(orderReport).map((r) => `${r.client_order_id} ${r.state} ${r.reason ?? '-'}`)
/** Lets everything happen that needs no time. */
const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
}

describe('sending', () => {
  test('a command is sent once, and its reports follow once', async () => {
    const { log, venue, gateway } = await desk()
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    venue.report('a', 'ACKED')
    venue.report('a', 'FILLED')
    await gateway.settled()
    expect(venue.sent).toEqual(['a'])
    expect(said(log)).toEqual(['a ACKED -', 'a FILLED -'])
    expect(gateway.status()).toEqual({ connected: true, live: 0, unknown: 0 })
    expect([...(await log.notes('gateway')).keys()]).toEqual(['sequence|main'])
  })

  test('a command is written down and consumed before it is sent', async () => {
    const { log, venue, gateway } = await desk()
    const seen: unknown[] = []
    venue.onSubmit = () => {
      seen.push(log.poll('gateway', orderCommand, 10), log.notes('gateway'))
    }
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    const [left, notes] = (await Promise.all(seen)) as [unknown[], Map<string, string>]
    expect(left).toEqual([])
    expect(JSON.parse(notes.get('order|a')!)).toMatchObject({ state: 'WRITTEN', sends: 1 })
  })

  test('exits go before entries that were commanded earlier', async () => {
    const { log, venue, gateway } = await desk()
    log.append(
      orderCommand,
      entryOf('e1'),
      entryOf('e2'),
      exitOf('x1'),
      entryOf('e3'),
      exitOf('x2'),
    )
    await gateway.settled()
    expect(venue.sent).toEqual(['x1', 'x2', 'e1', 'e2', 'e3'])
  })

  test('an exit is sent while every entry waits for an answer that does not come', async () => {
    const { log, venue } = await desk(20_000)
    venue.fates.push(...Array.from({ length: 10 }, (): Fate => 'hang'))
    log.append(orderCommand, ...Array.from({ length: 10 }, (_, i) => entryOf(`e${i}`)))
    await turns()
    const waiting = venue.sent.length
    expect(waiting, 'entries are sent a few at a time').toBeLessThan(10)
    venue.fates.length = 0
    log.append(orderCommand, exitOf('x'))
    await turns()
    expect(venue.sent.slice(waiting)).toEqual(['x'])
  })

  test('an entry that waited too long for its turn is not sent any more', async () => {
    const { log, venue } = await desk(20)
    venue.fates.push('hang', 'hang', 'hang', 'hang')
    log.append(orderCommand, ...['a', 'b', 'c', 'd', 'e'].map((id) => entryOf(id)))
    await turns()
    log.setTime(startMs + 10_001)
    await expect.poll(() => said(log)).toContain('e EXPIRED EXPIRED_BEFORE_SEND')
    expect(venue.sent).not.toContain('e')
  })

  test('an expired entry gets its report and is not sent; an exit never expires', async () => {
    const { log, venue, gateway } = await desk()
    log.setTime(startMs + 10_001)
    log.append(orderCommand, entryOf('e'), exitOf('x', { expires_at_ms: startMs }))
    await gateway.settled()
    expect(venue.sent).toEqual(['x'])
    expect(said(log)).toEqual(['e EXPIRED EXPIRED_BEFORE_SEND'])
    expect(log.values(orderReport)[0]).toMatchObject({ parent_id: 'p-e', sent_at_ms: null })
  })

  test('the last moment of an entry is still in time', async () => {
    const { log, venue, gateway } = await desk()
    log.setTime(startMs + 10_000)
    log.append(orderCommand, entryOf('e'))
    await gateway.settled()
    expect(venue.sent).toEqual(['e'])
  })

  test.each([
    ['another environment', { environment: 'LIVE' as const }],
    ['another venue', { venue: 'bybit' }],
    ['an account of somebody else', { account: 'other' }],
  ])('a command for %s is refused, not sent', async (_, changes) => {
    const { log, venue, gateway } = await desk()
    log.append(orderCommand, exitOf('x', changes), exitOf('y'))
    await gateway.settled()
    expect(venue.sent).toEqual(['y'])
    expect(said(log)).toEqual(['x REJECTED ENVIRONMENT'])
  })

  test('a refusal in the answer becomes a report with the reason and code of the venue', async () => {
    const { log, venue, gateway } = await desk()
    venue.report('earlier', 'FILLED')
    venue.fates.push({ outcome: 'REJECTED', reason: 'FILTER', code: -1111, detail: 'precision' })
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    expect(log.values(orderReport)[1]).toMatchObject({
      ...{ client_order_id: 'a', state: 'REJECTED', reason: 'FILTER', venue_code: -1111 },
      ...{ detail: 'precision', filled_quantity: '0', venue_sequence: 1 },
    })
    expect(gateway.status().live).toBe(0)
  })

  test('a command that can not be decoded goes to dead.letter, and the next one is sent', async () => {
    const { log, venue, gateway } = await desk()
    log.appendPoison(orderCommand, 'main|BTCUSDT')
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    expect(venue.sent).toEqual(['a'])
    expect(log.values(deadLetter)).toMatchObject([{ topic: 'order.command', processor: 'gateway' }])
  })
})

describe('without an answer', () => {
  test('one UNKNOWN report says so, and a look-up that finds the order settles it', async () => {
    const { log, venue, gateway } = await desk()
    venue.fates.push('lose-answer')
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    expect(said(log)).toEqual(['a UNKNOWN TRANSPORT'])
    expect(gateway.status()).toMatchObject({ unknown: 1, live: 0 })
    await after(1_000, log, gateway)
    expect(gateway.status()).toMatchObject({ unknown: 0, live: 1 })
    venue.report('a', 'FILLED')
    await gateway.settled()
    expect(said(log)).toEqual(['a UNKNOWN TRANSPORT', 'a FILLED -'])
    expect(venue.sent).toEqual(['a'])
  })

  test('an event of the order settles it as well', async () => {
    const { log, venue, gateway } = await desk()
    venue.fates.push('lose-answer')
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    venue.report('a', 'ACKED')
    await gateway.settled()
    expect(gateway.status()).toMatchObject({ unknown: 0, live: 1 })
    expect(venue.lookedUp).toEqual([])
  })

  test('an order is sent again only after the venue said that it does not have it', async () => {
    const { log, venue, gateway } = await desk()
    venue.fates.push('lose-request')
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    expect([venue.sent, venue.lookedUp]).toEqual([['a'], []])
    await after(1_000, log, gateway)
    expect([venue.sent, venue.lookedUp]).toEqual([['a', 'a'], ['a']])
    expect(gateway.status()).toMatchObject({ unknown: 0, live: 1 })
  })

  test('while a request may still be on its way, not found is no answer', async () => {
    const { log, venue, gateway } = await desk()
    venue.findsAfterMs = 6_000
    venue.fates.push('late')
    log.append(orderCommand, exitOf('x'))
    await gateway.settled()
    for (let i = 0; i < 5; i++) await after(1_000, log, gateway)
    expect(venue.lookedUp.length).toBeGreaterThan(1)
    expect(venue.sent).toEqual(['x'])
    venue.deliverLate()
    for (let i = 0; i < 10; i++) await after(1_000, log, gateway)
    expect(venue.sent, 'it arrived after all').toEqual(['x'])
    expect(gateway.status()).toMatchObject({ unknown: 0, live: 1 })
  })

  test('look-ups wait longer each time', async () => {
    const { log, venue, gateway } = await desk()
    venue.isUnreachable = true
    venue.fates.push('lose-request')
    log.append(orderCommand, exitOf('x'))
    await gateway.settled()
    for (let i = 0; i < 100; i++) await after(1_000, log, gateway)
    expect(venue.lookedUp.length).toBeLessThan(15)
    expect(venue.sent).toEqual(['x'])
    venue.isUnreachable = false
    await after(31_000, log, gateway)
    expect(venue.sent, 'an exit is carried out in the end').toEqual(['x', 'x'])
  })

  test('an entry that the venue does not have and that is too late ends as expired', async () => {
    const { log, venue, gateway } = await desk()
    venue.fates.push('lose-request')
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    await after(10_001, log, gateway)
    expect(venue.sent).toEqual(['a'])
    expect(said(log)).toEqual(['a UNKNOWN TRANSPORT', 'a EXPIRED EXPIRED_BEFORE_SEND'])
    expect(log.values(orderReport)[1], 'it had been sent once').toMatchObject({
      sent_at_ms: startMs,
    })
  })

  test('a command that gets lost again and again ends with a report', async () => {
    const { log, venue, gateway } = await desk()
    venue.fates.push('lose-request', 'lose-request', 'lose-request', 'lose-request')
    log.append(orderCommand, exitOf('x'))
    for (let i = 0; i < 10; i++) await after(1_000, log, gateway)
    expect(venue.sent).toEqual(['x', 'x', 'x'])
    expect(said(log).at(-1)).toBe('x REJECTED TRANSPORT')
    expect(gateway.status()).toMatchObject({ unknown: 0, live: 0 })
  })

  test('no answer in time is no answer', async () => {
    const { log, venue } = await desk(5)
    venue.fates.push('hang')
    log.append(orderCommand, exitOf('x'))
    await expect.poll(() => said(log)).toEqual(['x UNKNOWN TRANSPORT'])
    expect(log.values(orderReport)[0]!.detail).toContain('within 5 ms')
  })

  test('an unanswered cancel is over when its target is, and is sent again while the target lives', async () => {
    const { log, venue, gateway } = await desk()
    venue.orders.set('gone', 'FILLED')
    venue.orders.set('alive', 'ACKED')
    venue.fates.push('lose-request', 'lose-request')
    log.append(orderCommand, cancelOf('c1', 'gone'), cancelOf('c2', 'alive'))
    await gateway.settled()
    await after(1_000, log, gateway)
    expect(venue.lookedUp).toEqual(['gone', 'alive'])
    expect(venue.sent).toEqual(['c1', 'c2', 'c2'])
    expect(venue.orders.get('alive')).toBe('CANCELLED')
    expect(gateway.status()).toMatchObject({ unknown: 0, live: 0 })
  })
})

describe('a duplicate id in the answer', () => {
  /** The request arrives, the answer is lost, and the look-up comes too early to see it: so it is sent again. */
  async function sentTwice(id: string) {
    const started = await desk()
    const { log, venue, gateway } = started
    venue.fates.push('late')
    log.append(orderCommand, exitOf(id))
    await gateway.settled()
    venue.onSubmit = () => {
      venue.deliverLate()
    }
    await after(1_000, log, gateway)
    expect(venue.sent).toEqual([id, id])
    return started
  }

  test('to a repeated send means that the first one arrived, once the venue has said so', async () => {
    const { log, venue, gateway } = await sentTwice('x')
    await after(1_000, log, gateway)
    expect(gateway.status()).toMatchObject({ unknown: 0, live: 1 })
    venue.report('x', 'FILLED')
    await gateway.settled()
    expect(said(log)).toEqual(['x UNKNOWN TRANSPORT', 'x FILLED -'])
  })

  test.each(['ACKED', 'FILLED', 'CANCELLED'] as const)(
    'to a first send names another order, that is %s: ours is rejected, so an exit is owed again',
    async (state) => {
      const { log, venue, gateway } = await desk()
      venue.orders.set('x', state)
      log.append(orderCommand, exitOf('x'))
      await gateway.settled()
      for (let i = 0; i < 5; i++) await after(1_000, log, gateway)
      expect(said(log)).toEqual(['x REJECTED DUPLICATE_ID'])
      expect(venue.sent).toEqual(['x'])
      expect(gateway.status()).toMatchObject({ live: 0, unknown: 0 })
    },
  )

  test('to a first send is ours when an event of the order comes', async () => {
    const { log, venue, gateway } = await desk()
    venue.orders.set('x', 'ACKED')
    log.append(orderCommand, exitOf('x'))
    await gateway.settled()
    venue.report('x', 'ACKED')
    for (let i = 0; i < 5; i++) await after(1_000, log, gateway)
    expect(said(log)).toEqual(['x ACKED -'])
    expect(gateway.status()).toMatchObject({ live: 1, unknown: 0 })
  })

  test('to a first send of a cancel does not count as cancelled while the target lives', async () => {
    const { log, venue, gateway } = await desk()
    venue.orders.set('alive', 'ACKED')
    venue.orders.set('c', 'FILLED')
    log.append(orderCommand, cancelOf('c', 'alive'))
    await gateway.settled()
    for (let i = 0; i < 5; i++) await after(1_000, log, gateway)
    expect(said(log)).toEqual(['c REJECTED DUPLICATE_ID'])
    expect(gateway.status()).toMatchObject({ live: 0, unknown: 0 })
  })
})

describe('an order that the venue had', () => {
  /** An accepted order of which no event comes any more. */
  async function accepted(id: string) {
    const started = await desk()
    started.log.append(orderCommand, exitOf(id))
    await started.gateway.settled()
    expect(started.gateway.status().live).toBe(1)
    return started
  }

  test.each([
    ['FILLED', 'x FILLED -', exitOf('x').quantity],
    ['CANCELLED', 'x CANCELLED -', '0'],
    ['EXPIRED', 'x EXPIRED -', '0'],
    ['forgotten', 'x CANCELLED UNKNOWN_ORDER', '0'],
  ] as const)('and that is %s ends without its event', async (end, report, filled) => {
    const { log, venue, gateway } = await accepted('x')
    if (end === 'forgotten') venue.orders.delete('x')
    else venue.orders.set('x', end)
    for (let i = 0; i < 15; i++) await after(1_000, log, gateway)
    expect(said(log)).toEqual([report])
    expect(log.values(orderReport)[0]).toMatchObject({ filled_quantity: filled, fill_price: null })
    expect(venue.sent, 'it is not sent again').toEqual(['x'])
    expect(gateway.status()).toMatchObject({ live: 0, unknown: 0 })
  })

  test('and that rests is left alone, and not looked up', async () => {
    const { log, venue, gateway } = await accepted('x')
    for (let i = 0; i < 60; i++) await after(1_000, log, gateway)
    expect([said(log), venue.lookedUp]).toEqual([[], []])
    expect(gateway.status().live).toBe(1)
  })

  test('and that is at work without resting is asked about, less and less often', async () => {
    const { log, venue, gateway } = await accepted('x')
    venue.orders.set('x', 'TRIGGERED')
    for (let i = 0; i < 60; i++) await after(1_000, log, gateway)
    expect(said(log)).toEqual([])
    expect(gateway.status().live).toBe(1)
    expect(venue.lookedUp.length).toBeGreaterThan(2)
    expect(venue.lookedUp.length).toBeLessThan(12)
  })

  test('and whose event is late ends by that event, once', async () => {
    const { log, venue, gateway } = await accepted('x')
    const original = { ...venue }
    venue.orders.set('x', 'FILLED')
    for (let i = 0; i < 7; i++) await after(1_000, log, gateway)
    expect(said(log)).toEqual([])
    // The venue has the event; the log gets it later.
    let isHeld = true
    venue.eventsSince = async (account, sequence, limit) =>
      isHeld && limit > 1 ? [] : original.eventsSince(account, sequence, limit)
    venue.report('x', 'FILLED')
    for (let i = 0; i < 10; i++) await after(1_000, log, gateway)
    expect(said(log)).toEqual([])
    isHeld = false
    await after(40_000, log, gateway)
    expect(said(log)).toEqual(['x FILLED -'])
    expect(log.values(orderReport)[0]?.fill_price).not.toBeNull()
  })

  test('before a restart is found to be gone after it', async () => {
    const { log, venue, gateway } = await accepted('x')
    venue.orders.delete('x')
    const next = await restart(log, venue, gateway)
    for (let i = 0; i < 15; i++) await after(1_000, log, next)
    expect(said(log)).toEqual(['x CANCELLED UNKNOWN_ORDER'])
  })

  test('and that was over when it was looked up ends without its event', async () => {
    const { log, venue, gateway } = await desk()
    venue.fates.push('lose-answer')
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    venue.orders.set('a', 'FILLED')
    for (let i = 0; i < 5; i++) await after(1_000, log, gateway)
    expect(said(log)).toEqual(['a UNKNOWN TRANSPORT', 'a FILLED -'])
    expect(gateway.status()).toMatchObject({ live: 0, unknown: 0 })
  })
})

describe('a new log', () => {
  test('starts behind what the venue has done so far', async () => {
    const log = createMemoryLog(startMs)
    const venue = fakeVenue()
    venue.report('old', 'ACKED')
    venue.report('old', 'FILLED')
    const gateway = await startGateway(log, venue)
    await gateway.settled()
    expect(said(log)).toEqual([])
    expect(log.values(accountSnapshot)).toMatchObject([{ venue_sequence: 2 }])
    expect((await log.notes('gateway')).get('sequence|main')).toBe('2')
    venue.report('new', 'FILLED')
    await gateway.settled()
    expect(said(log)).toEqual(['new FILLED -'])
  })

  test('has the snapshot before the events that follow it', async () => {
    const log = createMemoryLog(startMs)
    const venue = fakeVenue()
    const original = { ...venue }
    const order: string[] = []
    log.onCommit((records) => order.push(...records.map((record) => record.topic)))
    venue.snapshot = async (account) => {
      const snapshot = await original.snapshot(account)
      venue.report('other', 'FILLED')
      return snapshot
    }
    const gateway = await startGateway(log, venue)
    await gateway.settled()
    expect(order.slice(0, 2)).toEqual(['account.snapshot', 'order.report'])
  })

  test('that was killed before it heard of the venue starts again; one that did goes on', async () => {
    const log = createMemoryLog(startMs)
    const venue = fakeVenue()
    venue.isUnreachable = true
    const first = await startGateway(log, venue)
    await first.settled()
    venue.report('old', 'FILLED')
    venue.isUnreachable = false
    const second = await restart(log, venue, first)
    expect(said(log)).toEqual([])
    second.stop()
    venue.report('missed', 'FILLED')
    await restart(log, venue, second)
    expect(said(log)).toEqual(['missed FILLED -'])
  })

  test('sends no entry before it knows where to follow; an exit does not wait', async () => {
    const log = createMemoryLog(startMs)
    const venue = fakeVenue()
    venue.isUnreachable = true
    const gateway = await startGateway(log, venue)
    log.append(orderCommand, entryOf('e'), exitOf('x'))
    await gateway.settled()
    expect(venue.sent).toEqual(['x'])
    venue.isUnreachable = false
    await after(1_000, log, gateway)
    expect(venue.sent).toEqual(['x', 'e'])
  })

  test('does not start on a snapshot that could not be read whole', async () => {
    const log = createMemoryLog(startMs)
    const venue = fakeVenue()
    const original = { ...venue }
    venue.report('old', 'FILLED')
    let complete = false
    venue.snapshot = async (account) => ({ ...(await original.snapshot(account)), complete })
    const gateway = await startGateway(log, venue)
    await gateway.settled()
    expect((await log.notes('gateway')).size).toBe(0)
    complete = true
    await after(3_000, log, gateway)
    expect((await log.notes('gateway')).get('sequence|main')).toBe('1')
    expect(said(log)).toEqual([])
  })
})

describe('after a restart', () => {
  test('a command that was written down and not sent is looked up, then sent', async () => {
    const { log, venue, gateway } = await desk()
    venue.onSubmit = () => {
      throw new Error('killed before the send')
    }
    log.append(orderCommand, entryOf('a'))
    await turns()
    venue.onSubmit = () => undefined
    const next = await restart(log, venue, gateway)
    expect([venue.sent, venue.lookedUp]).toEqual([['a'], ['a']])
    expect(next.status()).toMatchObject({ live: 1 })
  })

  test('a command that was sent before the crash is looked up and not sent again', async () => {
    const { log, venue, gateway } = await desk()
    venue.onSubmit = () => {
      log.die()
    }
    log.append(orderCommand, entryOf('a'))
    await turns()
    venue.onSubmit = () => undefined
    venue.report('a', 'FILLED')
    await restart(log, venue, gateway)
    expect(venue.sent).toEqual(['a'])
    expect(said(log)).toEqual(['a FILLED -'])
  })

  test('an entry that was not sent and is too late now ends as expired', async () => {
    const { log, venue, gateway } = await desk()
    venue.fates.push('hang', 'hang')
    log.append(orderCommand, entryOf('a'), exitOf('x'))
    await turns()
    log.setTime(startMs + 60_000)
    await restart(log, venue, gateway)
    expect(said(log)).toContain('a EXPIRED EXPIRED_BEFORE_SEND')
    expect(venue.sent.filter((id) => id === 'x').length, 'an exit is carried out').toBe(2)
  })

  test('events that came meanwhile are taken, those before are not taken again', async () => {
    const { log, venue, gateway } = await desk()
    log.append(orderCommand, entryOf('a'))
    await gateway.settled()
    venue.report('a', 'ACKED')
    await gateway.settled()
    gateway.stop()
    venue.report('a', 'PARTIALLY_FILLED')
    venue.report('a', 'FILLED')
    await restart(log, venue, gateway)
    expect(said(log)).toEqual(['a ACKED -', 'a PARTIALLY_FILLED -', 'a FILLED -'])
  })
})

describe('a venue that is older than the log', () => {
  const refusal = (knows: number, log: number): string =>
    `venue binance knows events of main up to ${knows}, this log up to ${log}: the venue is older than the log, or another one; restore the venue, or start a new log`

  /** A log that has events up to a number, and no gateway any more. */
  async function leftBehind(sequence: number): Promise<MemoryLog> {
    const { log, venue, gateway } = await desk()
    for (let i = 0; i < sequence; i++) venue.report(`o${i}`, 'FILLED')
    await gateway.settled()
    gateway.stop()
    expect((await log.notes('gateway')).get('sequence|main')).toBe(String(sequence))
    return log
  }
  function venueWith(events: number): FakeVenue {
    const venue = fakeVenue()
    for (let i = 0; i < events; i++) venue.report(`n${i}`, 'FILLED')
    return venue
  }

  test.each([0, 2, 4])('stops the gateway, and nothing of it is taken: %i of 5', async (knows) => {
    const log = await leftBehind(5)
    const before = [said(log), log.values(accountSnapshot)]
    const gateway = await startGateway(log, venueWith(knows))
    await gateway.settled()
    gateway.stop()
    await expect(gateway.stopped).rejects.toMatchObject({
      name: 'VenueError',
      message: refusal(knows, 5),
    })
    expect([said(log), log.values(accountSnapshot)]).toEqual(before)
  })

  test.each([5, 6])('is not one that knows as much or more: %i of 5', async (knows) => {
    const log = await leftBehind(5)
    const gateway = await startGateway(log, venueWith(knows))
    await gateway.settled()
    gateway.stop()
    await expect(gateway.stopped).resolves.toBeUndefined()
    expect(said(log).length).toBe(knows)
  })

  test('is found by the first snapshot that could be read whole', async () => {
    const log = await leftBehind(5)
    const venue = venueWith(2)
    const original = { ...venue }
    let complete = false
    venue.snapshot = async (account) => ({ ...(await original.snapshot(account)), complete })
    const gateway = await startGateway(log, venue)
    await gateway.settled()
    complete = true
    await after(3_000, log, gateway)
    gateway.stop()
    await expect(gateway.stopped).rejects.toThrow(refusal(2, 5))
  })

  test('is not one whose later snapshot comes behind its events', async () => {
    const { log, venue, gateway } = await desk()
    venue.report('a', 'FILLED')
    await gateway.settled()
    const next = await restart(log, venue, gateway)
    const original = { ...venue }
    venue.snapshot = async (account) => ({
      ...(await original.snapshot(account)),
      venue_sequence: 0,
    })
    venue.report('b', 'FILLED')
    await after(2_000, log, next)
    next.stop()
    await expect(next.stopped).resolves.toBeUndefined()
    expect(said(log)).toEqual(['a FILLED -', 'b FILLED -'])
  })
})

describe('the account', () => {
  test('each event is taken once, though the venue repeats itself', async () => {
    const { log, venue, gateway } = await desk()
    const original = { ...venue }
    venue.eventsSince = (account, sequence, limit) =>
      original.eventsSince(account, Math.max(0, sequence - 2), limit)
    for (const state of ['ACKED', 'PARTIALLY_FILLED', 'FILLED'] as const) {
      venue.report('a', state)
      await gateway.settled()
    }
    expect(said(log)).toEqual(['a ACKED -', 'a PARTIALLY_FILLED -', 'a FILLED -'])
  })

  test('more events than one request brings are all taken, in order', async () => {
    const { log, venue, gateway } = await desk()
    for (let i = 0; i < 1_200; i++) venue.report(`o${i}`, 'FILLED')
    await gateway.settled()
    const sequences = log.values(orderReport).map((r) => r.venue_sequence)
    expect(sequences).toEqual(Array.from({ length: 1_200 }, (_, i) => i + 1))
  })

  test('funding is taken in the order of the account', async () => {
    const { log, venue, gateway } = await desk()
    venue.events.push({ topic: 'funding.paid', record: fundingPaidOf({ venue_sequence: 1 }) })
    venue.report('a', 'FILLED')
    await gateway.settled()
    expect(log.values(fundingPaid).length).toBe(1)
    expect(log.values(orderReport)).toMatchObject([{ venue_sequence: 2 }])
  })

  test('what the venue does not know about our orders is filled in; other orders are external', async () => {
    const { log, venue, gateway } = await desk()
    log.append(orderCommand, exitOf('x'))
    await gateway.settled()
    const blank = {
      purpose: 'UNKNOWN',
      parent_id: '',
      correlation_id: '',
      sent_at_ms: null,
    } as const
    venue.report('x', 'FILLED', blank)
    venue.report('hand', 'FILLED', blank)
    await gateway.settled()
    expect(log.values(orderReport)).toMatchObject([
      {
        purpose: 'EXIT',
        parent_id: 'p-x',
        correlation_id: 'signal-1',
        exit_kind: 'STOP',
        sent_at_ms: startMs,
      },
      { purpose: 'EXTERNAL', parent_id: '' },
    ])
  })

  test('a snapshot comes at the start and then at its interval', async () => {
    const { log, venue, gateway } = await desk()
    expect(log.values(accountSnapshot).length).toBe(1)
    await after(1_999, log, gateway)
    expect(venue.snapshots).toBe(1)
    await after(1, log, gateway)
    expect(log.values(accountSnapshot).length).toBe(2)
  })

  test('a snapshot is never ahead of the events in the log', async () => {
    const { log, venue, gateway } = await desk()
    const original = { ...venue }
    venue.snapshot = async (account) => {
      venue.report('a', 'FILLED')
      return original.snapshot(account)
    }
    await after(2_000, log, gateway)
    const [, second] = log.values(accountSnapshot)
    expect(second?.venue_sequence).toBe(1)
    expect(said(log)).toEqual(['a FILLED -'])
  })

  test('after the venue was out of reach, events and a snapshot come at once', async () => {
    const { log, venue, gateway } = await desk()
    await after(500, log, gateway)
    venue.isUnreachable = true
    venue.report('a', 'FILLED')
    await gateway.settled()
    expect(gateway.status().connected).toBe(false)
    expect([said(log), venue.snapshots]).toEqual([[], 1])
    venue.isUnreachable = false
    await after(300, log, gateway)
    expect(gateway.status().connected).toBe(true)
    expect([said(log), venue.snapshots]).toEqual([['a FILLED -'], 2])
  })

  test('while the venue is out of reach, it is asked less and less often', async () => {
    const { log, venue, gateway } = await desk()
    let asked = 0
    venue.eventsSince = venue.snapshot = async () => {
      asked++
      throw new Error('connection refused')
    }
    for (let i = 0; i < 120; i++) await after(1_000, log, gateway)
    expect(asked).toBeGreaterThan(5)
    expect(asked).toBeLessThan(15)
  })
})

test('whatever gets lost and whenever it is killed, no order exists twice and every command ends', async () => {
  const fate = fc.constantFrom<Fate>('accept', 'lose-request', 'lose-answer', 'late')
  const step = fc.oneof(
    fc.record({ kind: fc.constant('command' as const), isExit: fc.boolean() }),
    fc.record({ kind: fc.constant('kill' as const) }),
    fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ kind: fc.constant('late' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.array(fate, { maxLength: 12 }),
      async (steps, fates) => {
        const log = createMemoryLog(startMs)
        const venue = fakeVenue()
        venue.findsAfterMs = 2_000
        venue.fates.push(...fates)
        const lastSentMs = new Map<string, number>()
        venue.onSubmit = ({ client_order_id: id }) => {
          // Sent again: the venue was asked, long enough after the last send, and does not have it.
          const last = lastSentMs.get(id)
          if (last !== undefined) {
            expect(log.nowMs() - last).toBeGreaterThanOrEqual(venue.findsAfterMs)
            expect(venue.lookedUp).toContain(id)
            expect(venue.orders.has(id)).toBe(false)
          }
          lastSentMs.set(id, log.nowMs())
        }
        let gateway = await startGateway(log, venue)
        const ids: string[] = []
        for (const one of steps) {
          if (one.kind === 'command') {
            const id = `o${ids.length}`
            ids.push(id)
            log.append(
              orderCommand,
              one.isExit ? exitOf(id) : entryOf(id, { expires_at_ms: log.nowMs() + 10_000 }),
            )
          } else if (one.kind === 'kill') {
            gateway = await restart(log, venue, gateway)
          } else if (one.kind === 'late') venue.deliverLate()
          else log.setTime(log.nowMs() + one.ms)
          await gateway.settled()
        }
        venue.deliverLate()
        for (let i = 0; i < 20; i++) await after(5_000, log, gateway)
        expect(gateway.status().unknown).toBe(0)
        for (const id of ids)
          expect(
            venue.orders.has(id) ||
              said(log).some((s) => /^\S+ (EXPIRED|REJECTED)/.test(s) && s.startsWith(`${id} `)),
            `${id} is at the venue, or its end is in the log`,
          ).toBe(true)
        gateway.stop()
      },
    ),
    { numRuns: 60 },
  )
})
