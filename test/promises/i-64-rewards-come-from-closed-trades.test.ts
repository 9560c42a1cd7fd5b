import { describe, expect, test } from 'vitest'
import {
  exchangeTick,
  exitbrainPnl,
  positionFlattened,
  rlFeedback as feedbackTopic,
  rlPolicy,
  rlReport,
  rlShadow,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import { processor, unchanged } from '../../topologies/kernel/processor.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import { rlAgent } from '../../topologies/learn/rl-agent.ts'
import { rlFeedback } from '../../topologies/learn/rl-feedback.ts'
import { rlMonitor } from '../../topologies/learn/rl-monitor.ts'
import { exitAttribution } from '../../topologies/leave/exit-attribution.ts'
import { drive } from '../kit/drive.ts'
import { positionLegOf, tradeClosedOf, tradeIntentOf } from '../kit/records.ts'

/** Stands for the stages before: it declares who writes what the test pipes in. */
const before = processor({
  name: 'before',
  doc: 'Stands for the stages before.',
  reads: [exchangeTick],
  writes: [tradeIntent, tradeClosed],
  decide: () => unchanged,
})
const learning = topology('learning', {
  decide: [before],
  leave: [exitAttribution],
  learn: [rlFeedback, rlAgent, rlMonitor],
})

const intent = (n: number) => tradeIntentOf({ intent_id: `intent-${n}`, rl: tradeIntentOf().rl })
const trade = (n: number, net: number) =>
  tradeClosedOf({
    trade_id: `trade-${n}`,
    position_id: `trade-${n}`,
    intent_id: `intent-${n}`,
    legs: [positionLegOf({ realised_usd: String(net) })],
    gross_usd: String(net),
    fees_usd: '0',
    net_usd: String(net),
    r_multiple: net,
    mae_r: 0,
  })

describe('I-64: rewards and exitbrain.pnl come from closed trades alone', () => {
  test('intents, shadows and time teach nothing and attribute nothing', () => {
    const driver = drive(learning)
    for (let n = 0; n < 20; n++) driver.pipe(tradeIntent, intent(n)).advance(60_000)
    expect(driver.read(feedbackTopic)).toEqual([])
    expect(driver.read(rlPolicy)).toEqual([])
    expect(driver.read(exitbrainPnl)).toEqual([])
    expect(driver.read(rlShadow)).toHaveLength(20)
  })

  test('each closed trade gives one reward, tied to its decision, and the policy learns exactly those', () => {
    const driver = drive(learning)
    driver.pipe(tradeIntent, ...[1, 2, 3].map(intent))
    driver.pipe(tradeClosed, trade(1, 2), trade(2, -1), trade(1, 2), trade(9, 100), trade(3, 0.5))
    const feedback = driver.read(feedbackTopic)
    expect(feedback.map((one) => [one.intent_id, one.trade_id, one.reward_r])).toEqual([
      ['intent-1', 'trade-1', 2],
      ['intent-2', 'trade-2', -1],
      ['intent-3', 'trade-3', 0.5],
    ])
    const policy = driver.read(rlPolicy).at(-1)!
    expect(policy.updates).toBe(3)
    expect(policy.cells).toMatchObject([{ count: 3, mean_reward_r: 0.5 }])
    driver.advance(10_000)
    expect(driver.read(rlReport).at(-1)).toMatchObject({ rewards: 3, mean_reward_r: 0.5 })
  })

  test('the sum of exitbrain.pnl is the sum of the closed trades', () => {
    const driver = drive(learning)
    driver.pipe(tradeClosed, trade(1, 2.25), trade(2, -1.125), trade(3, 0.5))
    const net = driver.read(exitbrainPnl).flatMap((one) => one.parts.map((p) => Number(p.net_usd)))
    expect(net.reduce((sum, value) => sum + value, 0)).toBe(1.625)
  })

  test('no processor of this stage reads anything from which a result could be guessed', () => {
    expect(rlFeedback.reads).toEqual([tradeIntent, tradeClosed])
    expect(exitAttribution.reads).toEqual([tradeClosed])
    expect(rlAgent.reads).toEqual([feedbackTopic, tradeIntent])
    expect(rlFeedback.reads).not.toContain(positionFlattened)
  })
})
