// Votes in one case were compared with actions in another, so they never matched.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCodec } from '../../schemas/codec.ts'
import { aiEngineWith, transparentModels } from '../../topologies/think/ai-engine.ts'
import { featureSetHash } from '../../topologies/think/features.ts'
import type { Opinion } from '../../topologies/think/model.ts'
import { testConfig } from '../kit/given.ts'
import { signalOf } from '../kit/records.ts'
import { barSeries, runEngine } from '../topologies/think/series.ts'

const codec = createCodec()
const closed = ['BUY', 'SELL', 'HOLD']
const foreign = fc.oneof(
  fc.constantFrom(
    'buy',
    'Buy',
    'BUY ',
    'sell',
    'long',
    'LONG',
    'short',
    'CLOSE',
    'hold',
    '',
    'null',
  ),
  fc.string().filter((text) => !closed.includes(text)),
)

describe('I-34: an action is one of a closed list, in one spelling', () => {
  it('nothing else can be written, neither as action nor as a vote', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const action = text as 'BUY'
        const [vote] = signalOf().votes
        for (const signal of [signalOf({ action }), signalOf({ votes: [{ ...vote!, action }] })])
          expect(() => codec.encode('ai.signal_generated', signal)).toThrow(/UNENCODABLE|action/)
      }),
      { seed: 1 },
    )
  })

  it('nothing else can be read', () => {
    const bytes = codec.encode('ai.signal_generated', signalOf({ action: 'HOLD' }))
    // The enum's index follows the header, two ids and the symbol, each with its length before it.
    const { signal_id: id, correlation_id: correlation, symbol } = signalOf()
    const at = 5 + 3 + id.length + correlation.length + symbol.length
    expect(bytes[at]).toBe(4)
    for (const index of [6, 8, 100]) {
      const broken = Buffer.from(bytes)
      broken[at] = index
      expect(() => codec.decode('ai.signal_generated', broken)).toThrow()
    }
  })

  it.each(closed)('%s is written and read as it is', (text) => {
    const signal = signalOf({ action: text as 'BUY' })
    const bytes = codec.encode('ai.signal_generated', signal)
    expect(codec.decode('ai.signal_generated', bytes)).toMatchObject({ action: text })
  })

  it.each(['buy', 'LONG', 'Hold', ''])(
    'a model that answers "%s" is out, never counted',
    (text) => {
      const strange = {
        name: 'strange',
        version: '1',
        featureSetHash,
        intervalMs: null,
        weight: 0.25,
        minimumBars: 0,
        initial: () => [],
        update: (): void => undefined,
        vote: () => ({ action: text, confidence: 0.9 }) as unknown as Opinion,
      }
      const engine = aiEngineWith([...transparentModels.slice(0, 3), strange])
      const { signals } = runEngine(engine, testConfig(), barSeries(1, [{ bars: 40 }]))
      for (const signal of signals) {
        expect(signal.votes[3]).toMatchObject({ action: 'HOLD', weight: 0 })
        expect(closed).toContain(signal.action)
      }
    },
  )
})
