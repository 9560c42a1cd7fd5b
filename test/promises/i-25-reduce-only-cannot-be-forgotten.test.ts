// I-25: closes were treated as entries: one place wrote reduceOnly, another reduce_only, and absent meant false.
import { describe, expect, it } from 'vitest'
import { createCodec } from '../../schemas/codec.ts'
import { readSchemas } from '../../schemas/read.ts'
import { actDesk } from '../kit/act-desk.ts'
import { orderCommandOf, orderReportOf } from '../kit/records.ts'

const codec = createCodec()

describe('I-25: reduce_only is said on every order', () => {
  it.each([
    ['order.command', orderCommandOf({ purpose: 'EXIT', reduce_only: true })],
    ['order.report', orderReportOf({ reduce_only: true })],
  ] as const)(
    '%s cannot be written without it, under another name, or as text',
    (topic, record) => {
      const { reduce_only, ...without } = record
      expect(() => codec.encode(topic, record)).not.toThrow()
      expect(() => codec.encode(topic, without)).toThrow(/reduce_only/)
      expect(() => codec.encode(topic, { ...without, reduceOnly: reduce_only })).toThrow(
        /reduce_only/,
      )
      expect(() => codec.encode(topic, { ...record, reduce_only: 'true' })).toThrow(/reduce_only/)
    },
  )

  it.each(['order.command', 'order.report'])('%s has no default for it', (topic) => {
    const field = readSchemas()
      .get(topic)
      ?.fields?.find((one) => one.name === 'reduce_only')
    expect(field).toMatchObject({ type: 'boolean' })
    expect(field).not.toHaveProperty('default')
  })

  it('every exit, stop and cancel has it, long and short, and no entry has', () => {
    for (const side of ['BUY', 'SELL'] as const) {
      const desk = actDesk()
      desk.intent(side === 'BUY' ? {} : { side, stop_price: '101', target_price: '98' })
      const [entry] = desk.commands('ENTRY')
      desk.fill(entry!, { quantity: '5' })
      desk.ack(desk.stops()[0]!)
      desk.fill(entry!)
      desk.ack(desk.stops()[1]!)
      desk.exit({ side: side === 'BUY' ? 'SELL' : 'BUY', quantity: '10' })
      desk.fill(desk.commands('EXIT')[0]!)
      const seen = desk.everyCommand()
      expect(new Set(seen.map((one) => one.purpose)).size).toBe(4)
      for (const one of seen) expect(one.reduce_only).toBe(one.purpose !== 'ENTRY')
    }
  })
})
