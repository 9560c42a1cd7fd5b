// I-39: the entry price was wrong by 0.3 to 0.7 %, because the signal's price was stored.
import { describe, expect, it } from 'vitest'
import { positionFlattened, positionState } from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'

const sides = [
  { side: 'BUY', close: 'SELL', stop: '90', target: '120', sign: 1 },
  { side: 'SELL', close: 'BUY', stop: '110', target: '80', sign: -1 },
] as const

describe.each(sides)(
  'I-39: the entry of a $side is what it was filled at',
  ({ side, close, stop, target, sign }) => {
    it('averaged over the fills, with its cost against the reference', () => {
      const desk = actDesk()
      desk.intent({ side, stop_price: stop, target_price: target })
      const [entry] = desk.commands('ENTRY')
      desk.fill(entry!, { quantity: '2.5', price: '100.3' })
      desk.fill(entry!, { quantity: '7.5', price: '100.7' })
      expect(desk.results()).toMatchObject([
        { average_price: '100.6', reference_price: '100', slippage_bps: sign * 60 },
      ])
      expect(desk.read(positionState).at(-1)).toMatchObject({ average_entry_price: '100.6' })
      desk.exit({ side: close, quantity: '10' })
      desk.fill(desk.commands('EXIT')[0]!, { price: '100.6' })
      expect(desk.read(positionFlattened)).toMatchObject([
        { average_entry_price: '100.6', gross_usd: '0' },
      ])
    })

    it('and the stop stays where it was planned, also when the fill lies beyond it', () => {
      const desk = actDesk()
      desk.intent({ side, stop_price: stop, target_price: target })
      desk.fill(desk.commands('ENTRY')[0]!, { price: side === 'BUY' ? '89' : '111' })
      const position = desk.read(positionState).at(-1)
      expect(position).toMatchObject({ initial_stop_price: stop, risk_usd: '100' })
      expect(desk.stops()).toMatchObject([{ trigger_price: side === 'BUY' ? '87.5' : '112.5' }])
    })
  },
)
