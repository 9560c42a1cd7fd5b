import { describe, expect, it } from 'vitest'
import {
  exit,
  expectBalanced,
  openVenue,
  order,
  position,
  quote,
  reports,
  send,
  startMs,
  states,
} from './kit.ts'

describe('reports', () => {
  it('carry the lineage of the command', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    send(venue, order({ correlation_id: 'trade9', parent_id: 'intent9' }))
    const list = send(venue, exit({ correlation_id: 'trade9', exit_kind: 'HARVEST', exit_rung: 2 }))
    for (const report of list)
      expect(report).toMatchObject({
        ...{ purpose: 'EXIT', correlation_id: 'trade9', parent_id: 'exit1' },
        ...{ exit_kind: 'HARVEST', exit_rung: 2, reduce_only: true },
      })
  })

  it('count up by one within an account and have ids of their own', () => {
    const venue = openVenue()
    venue.openAccount('second', '1000', startMs)
    venue.onTick(quote(100, 100.2))
    const list = [
      ...send(venue, order()),
      ...send(venue, order({ account: 'second' })),
      ...send(venue, exit()),
    ]
    const sequences = (account: string): number[] =>
      list.filter((one) => one.account === account).map((one) => one.venue_sequence)
    expect(sequences('main')).toEqual([1, 2, 3, 4])
    expect(sequences('second')).toEqual([1, 2])
    expect(new Set(list.map((one) => one.report_id)).size).toBe(list.length)
  })

  it('show a person’s own trade as external', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    const id = venue.placeManual('main', 'BTCUSDT', 'SELL', '0.2', startMs)
    const list = reports(venue)
    expect(states(list)).toEqual(['ACKED', 'FILLED'])
    expect(list[1]).toMatchObject({
      ...{ client_order_id: id, purpose: 'EXTERNAL', exit_kind: 'EXTERNAL', parent_id: '' },
      ...{ correlation_id: '', sent_at_ms: null, fill_quantity: '0.2' },
    })
    expect(position(venue)).toBe('-0.2')
    expectBalanced(venue)
  })
})

describe('accounts', () => {
  it('are opened once: a second deposit under the same name changes nothing', () => {
    const venue = openVenue({ walletUsd: '1000.50' })
    venue.openAccount('main', '7', startMs)
    expect(venue.books('main')).toMatchObject({ wallet: '1000.5', deposits: '1000.5' })
  })

  it('do not touch each other', () => {
    const venue = openVenue()
    venue.openAccount('second', '50', startMs)
    venue.onTick(quote(100, 100.2))
    send(venue, order({ quantity: '1' }))
    expect(venue.books('second').wallet).toBe('50')
    expect(venue.snapshot('second', startMs).positions).toEqual([])
  })

  it('that changed are named once', () => {
    const venue = openVenue({ latencyMs: 5 })
    expect(venue.changedAccounts()).toEqual(['main'])
    expect(venue.changedAccounts()).toEqual([])
    venue.onTick(quote(100, 100.2))
    expect(venue.changedAccounts()).toEqual([])
    venue.submit(order(), startMs)
    expect(venue.changedAccounts()).toEqual(['main'])
    venue.advance(startMs + 5)
    expect(venue.changedAccounts()).toEqual(['main'])
    // Delivered events leave the state too.
    venue.takeEvents()
    expect(venue.changedAccounts()).toEqual(['main'])
  })

  it('are never invented: a wrong deposit or an unknown name throws', () => {
    const venue = openVenue()
    expect(() => venue.openAccount('other', 'NaN', startMs)).toThrow('expected a deposit')
    expect(() => venue.openAccount('other', '-1', startMs)).toThrow('expected a deposit')
    expect(() => venue.snapshot('other', startMs)).toThrow("expected an open account, was 'other'")
  })
})
