import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OrderReport } from '../../../../schemas/types.gen.ts'
import { expectBalanced, openVenue, position, startMs } from './kit.ts'
import { anySteps, newWalk, walk } from './random-walk.ts'

const runs = { numRuns: 150 }

describe('in any market and with any orders', () => {
  it('wallet is deposits + realised - fees + funding + insurance, to the last decimal, and never below 0 when flat', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const venue = openVenue({ walletUsd: '500', latencyMs: 50, reportLatencyMs: 20 })
        walk(steps, newWalk(venue), () => {
          expectBalanced(venue)
          const { positions } = venue.snapshot('main', startMs)
          if (positions.length === 0)
            expect(new Decimal(venue.books('main').wallet).gte(0)).toBe(true)
        })
      }),
      runs,
    )
  })

  it('positions, fees and funding are the sums of what was reported, and sequences have no hole', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const venue = openVenue({ walletUsd: '500', latencyMs: 50, reportLatencyMs: 20 })
        const world = newWalk(venue)
        const sums = { BTCUSDT: new Decimal(0), ETHUSDT: new Decimal(0) }
        let fees = new Decimal(0)
        let funding = new Decimal(0)
        let sequence = 0
        let receivedAtMs = 0
        const count = (): void => {
          for (const event of venue.takeEvents()) {
            expect(event.record.venue_sequence).toBe(++sequence)
            expect(event.at_ms).toBeGreaterThanOrEqual(receivedAtMs)
            receivedAtMs = event.at_ms
            if (event.topic === 'funding.paid') {
              funding = funding.plus(event.record.amount_usd)
              continue
            }
            const { symbol, side, fill_quantity: quantity, fee_usd: fee } = event.record
            if (quantity === null) continue
            const signed = side === 'BUY' ? quantity : `-${quantity}`
            sums[symbol as keyof typeof sums] = sums[symbol as keyof typeof sums].plus(signed)
            fees = fees.plus(fee ?? 0)
          }
        }
        walk(steps, world, count)
        venue.advance(world.nowMs + 1_000)
        count()
        expect(position(venue, 'BTCUSDT')).toBe(sums.BTCUSDT.toFixed())
        expect(position(venue, 'ETHUSDT')).toBe(sums.ETHUSDT.toFixed())
        expect(venue.books('main').fees).toBe(fees.toFixed())
        expect(venue.books('main').funding).toBe(funding.toFixed())
      }),
      runs,
    )
  })

  it('a reduce-only fill never flips a position, an order never fills beyond its quantity, and ends once', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const venue = openVenue({ walletUsd: '500' })
        const held: Record<string, Decimal> = {}
        const ended = new Set<string>()
        walk(steps, newWalk(venue), () => {
          for (const event of venue.takeEvents()) {
            if (event.topic === 'funding.paid') continue
            checkReport(event.record, held, ended)
          }
        })
      }),
      runs,
    )
  })

  it('an entry that is filled at the market leaves equity above its margin', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const venue = openVenue({ walletUsd: '500' })
        const heldBefore: Record<string, number> = {}
        walk(steps, newWalk(venue), () => {
          const snapshot = venue.snapshot('main', startMs)
          for (const event of venue.takeEvents()) {
            if (event.topic === 'funding.paid') continue
            const report = event.record
            if (report.reduce_only || report.state !== 'FILLED' || report.liquidity !== 'TAKER')
              continue
            const held = Math.abs(Number(position(venue, report.symbol)))
            if (held > Math.abs(heldBefore[report.symbol] ?? 0))
              expect(Number(snapshot.equity_usd)).toBeGreaterThanOrEqual(
                Number(snapshot.margin_used_usd) - 1e-9,
              )
          }
          for (const symbol of ['BTCUSDT', 'ETHUSDT'])
            heldBefore[symbol] = Number(position(venue, symbol))
        })
      }),
      runs,
    )
  })
})

function checkReport(report: OrderReport, held: Record<string, Decimal>, ended: Set<string>): void {
  const id = report.venue_order_id ?? report.report_id
  expect(ended.has(id)).toBe(false)
  expect(new Decimal(report.filled_quantity).lte(report.order_quantity)).toBe(
    report.state !== 'REJECTED' || report.filled_quantity === '0',
  )
  if (['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'].includes(report.state)) ended.add(id)
  if (report.fill_quantity === null) return
  const before = held[report.symbol] ?? new Decimal(0)
  const signed = new Decimal(report.fill_quantity).times(report.side === 'BUY' ? 1 : -1)
  const after = before.plus(signed)
  held[report.symbol] = after
  if (!report.reduce_only) return
  expect(after.abs().lt(before.abs())).toBe(true)
  expect(after.isZero() || after.isPositive() === before.isPositive()).toBe(true)
}
