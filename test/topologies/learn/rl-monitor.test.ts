import { describe, expect, test } from 'vitest'
import {
  opsAlert,
  rlFeedback,
  rlPolicy,
  rlReport,
  rlShadow,
  tradeClosed,
  tradeIntent,
} from '../../../schemas/topics.ts'
import type { RlShadow } from '../../../schemas/types.gen.ts'
import { rlMonitor } from '../../../topologies/learn/rl-monitor.ts'
import { given, tick } from '../../kit/given.ts'
import {
  rlFeedbackOf,
  rlPolicyOf,
  startMs,
  tradeClosedOf,
  tradeIntentOf,
} from '../../kit/records.ts'

const shadow = (intent_id: string, multiplier: number): readonly [typeof rlShadow, RlShadow] => [
  rlShadow,
  {
    intent_id,
    correlation_id: 'signal-1',
    account: 'main',
    symbol: 'BTCUSDT',
    state_key: 'state',
    action: 'INCREASE',
    multiplier,
    confidence: 0.9,
    version: '3',
    at_ms: startMs,
  },
]
const reward = (intent_id: string, net_r: number, reward_r = net_r) =>
  [rlFeedback, rlFeedbackOf({ intent_id, trade_id: `of-${intent_id}`, net_r, reward_r })] as const
const at = (seconds: number) => tick(startMs + seconds * 1_000)

describe('the report', () => {
  test('counts every reward and says what the agent would have gained', () => {
    given(rlMonitor)
      .records(
        [rlPolicy, rlPolicyOf({ version: '3', updated_at_ms: startMs - 60_000 })],
        [tradeIntent, tradeIntentOf()],
        [tradeIntent, tradeIntentOf({ rl: { ...tradeIntentOf().rl, gate_pass: true } })],
        shadow('intent-1', 1.5),
        shadow('intent-2', 0.5),
        reward('intent-1', 2),
        reward('intent-2', -1),
        reward('without-shadow', 5),
      )
      .when(at(10))
      .then([
        rlReport,
        {
          account: 'main',
          policy_version: '3',
          policy_age_ms: 70_000,
          last_feedback_age_ms: 10_000,
          rewards: 3,
          mean_reward_r: 2,
          // Deviation 3: 1.96 x 3 / sqrt(3).
          reward_interval_r: (1.96 * 3) / Math.sqrt(3),
          // (0.5 x 2 + -0.5 x -1) / 2: the reward without a shadow is not compared.
          shadow_gain_r: 0.75,
          gate_pass: 1,
          gate_blocked: 1,
        },
      ])
  })

  test('comes when something changed, at most every five seconds', () => {
    given(rlMonitor)
      .records([tradeIntent, tradeIntentOf()])
      .when(at(1))
      .then([rlReport, { gate_blocked: 1 }])
      .when([tradeIntent, tradeIntentOf()], at(2), at(5))
      .thenNothing()
      .when(at(6))
      .then([rlReport, { gate_blocked: 2 }])
      .when(at(20), at(60))
      .thenNothing()
  })

  test('says nothing of what is not known', () => {
    given(rlMonitor)
      .records([tradeIntent, tradeIntentOf()])
      .when(at(1))
      .then([
        rlReport,
        {
          policy_version: '',
          policy_age_ms: null,
          last_feedback_age_ms: null,
          rewards: 0,
          mean_reward_r: null,
          reward_interval_r: null,
          shadow_gain_r: null,
        },
      ])
  })

  test('goes on counting after a restart', () => {
    given(rlMonitor)
      .records(shadow('intent-1', 1.5), reward('intent-0', 1))
      .restarted()
      .records(reward('intent-1', 3))
      .when(at(10))
      .then([rlReport, { rewards: 2, mean_reward_r: 2, shadow_gain_r: 1.5 }])
  })
})

describe('trades that close without a reward', () => {
  const closed = (n: number, changes = {}) =>
    [
      tradeClosed,
      tradeClosedOf({ trade_id: `of-intent-${n}`, intent_id: `intent-${n}`, ...changes }),
    ] as const

  test('raise one alert, cleared by the next reward', () => {
    const monitor = given(rlMonitor)
    monitor
      .records(closed(1))
      .when(at(30))
      .thenNothing()
      .when(at(31), at(40), at(90))
      .then([opsAlert, { alert_id: 'RL_STALE|main', state: 'RAISED', kind: 'RL_STALE' }])
    monitor.at(startMs + 91_000).records(closed(2), reward('intent-2', 1))
    monitor.when(at(92), at(93))
    expect(monitor.outputs(opsAlert)).toMatchObject([
      { alert_id: 'RL_STALE|main', state: 'CLEARED', raised_at_ms: startMs + 31_000 },
    ])
  })

  test('raise none when the reward follows in time', () => {
    given(rlMonitor).records(closed(1), reward('intent-1', 1), at(6)).when(at(60)).thenNothing()
  })

  test('raise none when there is nothing to reward', () => {
    given(rlMonitor)
      .records(closed(1, { intent_id: null }), closed(2, { r_multiple: null }))
      .when(at(60))
      .thenNothing()
  })
})
