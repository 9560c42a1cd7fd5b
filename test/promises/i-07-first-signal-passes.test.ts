import { describe, it } from 'vitest'
import { aiSignalGenerated, priceUpdate, signalRefused, tradeIntent } from '../../schemas/topics.ts'
import { signalOf, startMs } from '../kit/records.ts'
import { quoteOf, routerIn } from '../kit/routing.ts'

const noCooldown = { config: { router: { cooldown_ms: 0 } } }
const copy = signalOf()
const next = signalOf({ signal_id: 'signal-next', correlation_id: 'signal-next' })

describe('I-07 in the router', () => {
  it('the first signal passes and every copy of it is refused as DUPLICATE', () => {
    const { router } = routerIn(noCooldown)
    router
      .when([aiSignalGenerated, copy], [aiSignalGenerated, copy], [aiSignalGenerated, copy])
      .then(
        [tradeIntent, { signal_id: copy.signal_id }],
        [signalRefused, { reason: 'DUPLICATE', signal_id: copy.signal_id }],
        [signalRefused, { reason: 'DUPLICATE', signal_id: copy.signal_id }],
      )
  })

  it('a copy is known after a restart and after any pause within its life', () => {
    const { router } = routerIn(noCooldown)
    router
      .records([aiSignalGenerated, copy])
      .restarted()
      .at(startMs + 4_999)
    router
      .when([priceUpdate, quoteOf()], [aiSignalGenerated, copy])
      .then([signalRefused, { reason: 'DUPLICATE' }])
  })

  it('a new signal passes: what was published before does not drop it', () => {
    const { router } = routerIn(noCooldown)
    router
      .when([aiSignalGenerated, copy], [aiSignalGenerated, next])
      .then(
        [tradeIntent, { signal_id: copy.signal_id }],
        [tradeIntent, { signal_id: 'signal-next' }],
      )
  })

  it('a signal that was refused may pass later: a refusal is no publication', () => {
    const { router } = routerIn({ ...noCooldown, price: { tick_at_ms: startMs - 60_000 } })
    router.when([aiSignalGenerated, copy]).then([signalRefused, { reason: 'STALE_PRICE' }])
    router
      .when([priceUpdate, quoteOf()], [aiSignalGenerated, copy])
      .then([tradeIntent, { signal_id: copy.signal_id }])
  })

  it('each account has its own answer to one signal', () => {
    const accounts = ['main', 'second'].map((name) => ({ name, symbols: ['BTCUSDT'] }))
    const { router } = routerIn({ config: { ...noCooldown.config, accounts } })
    router
      .when([aiSignalGenerated, copy], [aiSignalGenerated, copy])
      .then(
        [tradeIntent, { account: 'main' }],
        [tradeIntent, { account: 'second' }],
        [signalRefused, { account: 'main', reason: 'DUPLICATE' }],
        [signalRefused, { account: 'second', reason: 'DUPLICATE' }],
      )
  })
})
