import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rlFeedback, rlPolicy, rlShadow, tradeIntent } from '../../../schemas/topics.ts'
import type { RlFeedback } from '../../../schemas/types.gen.ts'
import { rlAgent } from '../../../topologies/learn/rl-agent.ts'
import { policyAction, rlStateKey } from '../../../topologies/rl-state.ts'
import { given, testConfig } from '../../kit/given.ts'
import { rlFeedbackOf, tradeIntentOf } from '../../kit/records.ts'

const stateKey = rlStateKey(tradeIntentOf())
const rewards = (...values: number[]) =>
  values.map((reward_r) => [rlFeedback, rlFeedbackOf({ state_key: stateKey, reward_r })] as const)

describe('the policy', () => {
  test('gets a higher version with each reward', () => {
    given(rlAgent)
      .when(...rewards(1, -1))
      .then(
        [rlPolicy, { account: 'main', version: '1', updates: 1 }],
        [
          rlPolicy,
          {
            version: '2',
            updates: 2,
            cells: [{ state_key: stateKey, count: 2, mean_reward_r: 0, m2_reward_r: 2 }],
          },
        ],
      )
  })

  test('goes on where it was after a restart', () => {
    given(rlAgent)
      .records(...rewards(1, 2))
      .restarted()
      .when(...rewards(3))
      .then([
        rlPolicy,
        {
          version: '3',
          cells: [{ state_key: stateKey, count: 3, mean_reward_r: 2, m2_reward_r: 2 }],
        },
      ])
  })

  test('holds mean and squared deviations of all rewards of each state', () => {
    const reward = fc.record({
      state_key: fc.constantFrom('a', 'b', 'c'),
      reward_r: fc.double({ min: -5, max: 5, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(reward, { minLength: 1, maxLength: 40 }), (given_) => {
        const agent = given(rlAgent).when(
          ...given_.map((one) => [rlFeedback, rlFeedbackOf(one)] as const),
        )
        const policy = agent.outputs(rlPolicy).at(-1)!
        for (const cell of policy.cells) {
          const values = given_
            .filter((one) => one.state_key === cell.state_key)
            .map((one) => one.reward_r)
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length
          const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
          expect(cell.count).toBe(values.length)
          expect(cell.mean_reward_r).toBeCloseTo(mean, 9)
          expect(cell.m2_reward_r).toBeCloseTo(squares, 9)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('keeps a bounded number of states: the one with the fewest rewards goes', () => {
    const feedback = (state_key: string): readonly [typeof rlFeedback, RlFeedback] => [
      rlFeedback,
      rlFeedbackOf({ state_key }),
    ]
    const agent = given(rlAgent).records(feedback('often'), feedback('often'))
    for (let n = 0; n < 600; n++) agent.records(feedback(`rare-${n}`))
    agent.when(feedback('often'))
    const [policy] = agent.outputs(rlPolicy)
    expect(policy!.cells).toHaveLength(512)
    expect(policy!.cells.find((cell) => cell.state_key === 'often')).toMatchObject({ count: 3 })
    expect(policy!.version).toBe('603')
  })
})

describe('the shadow', () => {
  test('says for each intent what the policy would do with it', () => {
    const agent = given(rlAgent).records(...rewards(...Array<number>(30).fill(0.4)))
    agent.when(...rewards(0.4))
    const policy = agent.outputs(rlPolicy)[0]!
    const expected = policyAction(policy, stateKey)
    expect(expected.action).toBe('INCREASE')
    agent.when([tradeIntent, tradeIntentOf()]).then([
      rlShadow,
      {
        intent_id: 'intent-1',
        correlation_id: 'signal-1',
        state_key: stateKey,
        version: '31',
        ...expected,
      },
    ])
  })

  test('does nothing before the first reward', () => {
    given(rlAgent)
      .when([tradeIntent, tradeIntentOf()])
      .then([rlShadow, { action: 'NONE', multiplier: 1, confidence: 0, version: '' }])
  })

  test('is silent where learning is off', () => {
    given(rlAgent, { config: testConfig({ rl: { mode: 'off' } }) })
      .when([tradeIntent, tradeIntentOf()], ...rewards(1))
      .thenNothing()
  })

  test('writes policy and shadow and nothing that trades', () => {
    expect(rlAgent.writes).toEqual([rlPolicy, rlShadow])
  })
})
