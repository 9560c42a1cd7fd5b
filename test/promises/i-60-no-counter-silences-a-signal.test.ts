import { describe, expect, it } from 'vitest'
import { aiSignalGenerated, tradeIntent } from '../../schemas/topics.ts'
import { signalOf } from '../kit/records.ts'
import { routerIn } from '../kit/routing.ts'

describe('I-60 in the router', () => {
  it('passes every signal on as it is, beyond any number of trades a day', () => {
    const { router } = routerIn({
      config: {
        router: { cooldown_ms: 0 },
        limits: { max_entries_per_day: 3, max_entries_per_minute: 2 },
      },
    })
    for (let n = 1; n <= 20; n++) {
      const action = n % 2 === 0 ? 'SELL' : 'BUY'
      router.when([aiSignalGenerated, signalOf({ signal_id: `signal-${String(n)}`, action })])
      expect(router.outputs(tradeIntent)).toMatchObject([
        { signal_id: `signal-${String(n)}`, side: action, confidence: 0.8 },
      ])
    }
  })
})
