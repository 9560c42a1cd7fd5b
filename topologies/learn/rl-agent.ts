// Learns from rewards which decisions deserve more or less size, and says for each intent what it would do. It must never
// change an intent: the router alone asks the policy, and in shadow it applies nothing.
import {
  rlAgentChangelog,
  rlFeedback,
  rlPolicy,
  rlShadow,
  tradeIntent,
} from '../../schemas/topics.ts'
import type { PolicyCell, RlAgentChangelog, RlPolicy } from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import { policyAction, rlStateKey } from '../rl-state.ts'

/** Cells of a policy; beyond them the one with the fewest rewards goes. */
const maxCells = 512

export const rlAgent = processor({
  name: 'rl-agent',
  doc: 'Learns the mean reward of each state and publishes it as policy; for each intent it says what it would do.',
  reads: [rlFeedback, tradeIntent],
  writes: [rlPolicy, rlShadow],
  state: {
    topic: rlAgentChangelog,
    key: ({ value }) => value.account,
    initial: (account) => ({ account, updates: 0, cells: [], updated_at_ms: 0 }),
  },
  decide(state, record, ctx, emit) {
    if (ctx.config.rl.mode === 'off') return unchanged
    if (record.topic === 'rl.feedback') {
      learn(state, record.value.state_key, record.value.reward_r)
      state.updates++
      state.updated_at_ms = ctx.nowMs
      emit(rlPolicy, policyOf(state))
      return
    }
    const intent = record.value
    const stateKey = rlStateKey(intent)
    const policy = policyOf(state)
    const { action, multiplier, confidence } = policyAction(policy, stateKey)
    emit(rlShadow, {
      intent_id: intent.intent_id,
      correlation_id: intent.correlation_id,
      account: intent.account,
      symbol: intent.symbol,
      state_key: stateKey,
      action,
      multiplier,
      confidence,
      version: policy.version,
      at_ms: ctx.nowMs,
    })
    return unchanged
  },
})

/** Welford's update of mean and sum of squared deviations (B. P. Welford, Technometrics 4, 1962). */
function learn(state: RlAgentChangelog, stateKey: string, rewardR: number): void {
  const cell = cellOf(state, stateKey)
  cell.count++
  const deviation = rewardR - cell.mean_reward_r
  cell.mean_reward_r += deviation / cell.count
  cell.m2_reward_r += deviation * (rewardR - cell.mean_reward_r)
}

function cellOf(state: RlAgentChangelog, stateKey: string): PolicyCell {
  const known = state.cells.find((cell) => cell.state_key === stateKey)
  if (known !== undefined) return known
  if (state.cells.length >= maxCells) {
    const rarest = state.cells.reduce((a, b) => (b.count < a.count ? b : a))
    state.cells.splice(state.cells.indexOf(rarest), 1)
  }
  const cell = { state_key: stateKey, count: 0, mean_reward_r: 0, m2_reward_r: 0 }
  state.cells.push(cell)
  return cell
}

/** The policy to publish: a copy, since the state goes on changing. The version is empty before the first reward. */
function policyOf(state: RlAgentChangelog): RlPolicy {
  return {
    account: state.account,
    version: state.updates === 0 ? '' : String(state.updates),
    updates: state.updates,
    cells: state.cells.map((cell) => ({ ...cell })),
    updated_at_ms: state.updated_at_ms,
  }
}
