import { describe, expect, test } from 'vitest'
import { rlFeedback as feedbackTopic, tradeClosed, tradeIntent } from '../../../schemas/topics.ts'
import { rlFeedback } from '../../../topologies/learn/rl-feedback.ts'
import { rlFeatures, rlStateKey } from '../../../topologies/rl-state.ts'
import { given, testConfig, tick } from '../../kit/given.ts'
import { startMs, tradeClosedOf, tradeIntentOf } from '../../kit/records.ts'

const intent = tradeIntentOf()

describe('a reward', () => {
  test('is net R less a share of the adverse excursion, tied to what the decision saw', () => {
    given(rlFeedback)
      .records([tradeIntent, intent])
      .when([tradeClosed, tradeClosedOf({ r_multiple: 1.5, mae_r: -0.5 })])
      .then([
        feedbackTopic,
        {
          account: 'main',
          trade_id: 'position-1',
          correlation_id: 'signal-1',
          intent_id: 'intent-1',
          net_r: 1.5,
          drawdown_penalty_r: 0.05,
          reward_r: 1.45,
          state_key: rlStateKey(intent),
          features: rlFeatures(intent),
          multiplier_applied: 1,
        },
      ])
  })

  test('has no penalty where the configuration sets none', () => {
    given(rlFeedback, { config: testConfig({ rl: { drawdown_penalty: 0 } }) })
      .records([tradeIntent, intent])
      .when([tradeClosed, tradeClosedOf({ r_multiple: -1, mae_r: -3 })])
      .then([feedbackTopic, { reward_r: -1, net_r: -1 }])
  })

  test('is given once for each trade, over redelivery and restart', () => {
    given(rlFeedback)
      .records([tradeIntent, intent], [tradeClosed, tradeClosedOf()])
      .when([tradeClosed, tradeClosedOf()])
      .thenNothing()
      .restarted()
      .when([tradeIntent, intent], [tradeClosed, tradeClosedOf()])
      .thenNothing()
  })

  test('finds a decision that was made before a restart', () => {
    const feedback = given(rlFeedback).records([tradeIntent, intent]).restarted()
    feedback.when([tradeClosed, tradeClosedOf()])
    expect(feedback.outputs(feedbackTopic)).toHaveLength(1)
  })

  test.each([
    ['an adopted position', { intent_id: null }],
    ['a decision that is not known', { intent_id: 'intent-9' }],
    ['a trade whose risk is not known', { r_multiple: null, mae_r: null }],
  ])('is not given for %s', (_name, changes) => {
    given(rlFeedback)
      .records([tradeIntent, intent])
      .when([tradeClosed, tradeClosedOf(changes)])
      .thenNothing()
  })

  test('does not come from an intent alone', () => {
    given(rlFeedback).when([tradeIntent, intent]).thenNothing()
  })

  test('ids of rewards differ', () => {
    const feedback = given(rlFeedback).records(
      [tradeIntent, intent],
      [tradeIntent, tradeIntentOf({ intent_id: 'intent-2' })],
    )
    feedback.when(
      [tradeClosed, tradeClosedOf()],
      [tradeClosed, tradeClosedOf({ intent_id: 'intent-2', trade_id: 'position-2' })],
    )
    const ids = feedback.outputs(feedbackTopic).map((one) => one.feedback_id)
    expect(new Set(ids).size).toBe(2)
  })

  test('decisions are remembered as long as the log can redeliver, and no longer', () => {
    const feedback = given(rlFeedback).records([tradeIntent, intent])
    feedback.records(tick(startMs + tradeIntent.retentionMs + 1))
    feedback.records([tradeIntent, tradeIntentOf({ intent_id: 'intent-2' })])
    feedback.records(tick(startMs + 2 * tradeIntent.retentionMs)).restarted()
    feedback.when([tradeClosed, tradeClosedOf()]).thenNothing()
    feedback.when([tradeClosed, tradeClosedOf({ intent_id: 'intent-2' })])
    expect(feedback.outputs(feedbackTopic)).toHaveLength(1)
  })
})
