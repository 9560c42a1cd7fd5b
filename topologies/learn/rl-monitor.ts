// Watches the learning: are rewards coming, and would the agent have helped. Every reward counts. It must never influence
// the agent or the router.
import {
  clockTick,
  opsAlert,
  rlFeedback,
  rlMonitorChangelog,
  rlMonitorShadowsChangelog,
  rlPolicy,
  rlReport,
  rlShadow,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type {
  AlertState,
  OpsAlert,
  RlFeedback,
  RlMonitorChangelog,
  RlMonitorShadowsChangelog,
  RlReport,
  TradeClosed,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Ctx, Emit } from '../kernel/processor.ts'

/** Shortest time between two reports. */
const reportEveryMs = 5_000

/** Closed trades that may wait for their reward at once; beyond them the oldest is forgotten. */
const maxAwaited = 100

type Context = Ctx<never, RlMonitorShadowsChangelog>
type Write = Emit<typeof rlReport | typeof opsAlert>

export const rlMonitor = processor({
  name: 'rl-monitor',
  doc: 'Reports whether rewards arrive and what the agent would have gained; alerts when trades close unrewarded.',
  reads: [rlShadow, rlFeedback, rlPolicy, tradeIntent, tradeClosed, clockTick],
  writes: [rlReport, opsAlert],
  state: {
    topic: rlMonitorChangelog,
    key: (record) => (record.topic === 'rl.policy' ? record.key : record.value.account),
    initial,
  },
  // What the agent would have done, by intent, until the reward comes.
  ledger: rlMonitorShadowsChangelog,
  forgets: true,
  decide(state, record, ctx, emit) {
    switch (record.topic) {
      case 'clock.tick':
        return onClock(state, ctx, emit) ? undefined : unchanged
      case 'rl.shadow': {
        const { intent_id, multiplier, at_ms } = record.value
        ctx.ledger.set(intent_id, { intent_id, multiplier, at_ms })
        return unchanged
      }
      case 'rl.policy':
        if (record.value === null) return unchanged
        state.policy_version = record.value.version
        state.policy_updated_at_ms = record.value.updated_at_ms
        break
      case 'trade.intent':
        if (record.value.rl.gate_pass) state.gate_pass++
        else state.gate_blocked++
        break
      case 'trade.closed':
        if (!isRewardable(record.value)) return unchanged
        state.awaited.push({ trade_id: record.value.trade_id, closed_at_ms: ctx.nowMs })
        if (state.awaited.length > maxAwaited) state.awaited.shift()
        return
      case 'rl.feedback':
        count(state, record.value, ctx)
        break
    }
    state.changed = true
  },
})

/** Whether a reward has to follow: a trade of our own decision, with a known risk. */
function isRewardable(trade: TradeClosed): boolean {
  return trade.intent_id !== null && trade.r_multiple !== null
}

/** Takes in a reward: Welford's mean and deviations, and what the shadow would have added: (multiplier - 1) x net R. */
function count(state: RlMonitorChangelog, feedback: RlFeedback, ctx: Context): void {
  state.rewards++
  const deviation = feedback.reward_r - state.mean_reward_r
  state.mean_reward_r += deviation / state.rewards
  state.m2_reward_r += deviation * (feedback.reward_r - state.mean_reward_r)
  state.last_feedback_at_ms = ctx.nowMs
  const shadow = ctx.ledger.get(feedback.intent_id)
  if (shadow !== undefined) {
    state.compared++
    state.shadow_gain_sum_r += (shadow.multiplier - 1) * feedback.net_r
    ctx.ledger.delete(feedback.intent_id)
  }
  // Learning goes on: trades whose reward is overdue will not be rewarded any more.
  const oldestMs = ctx.nowMs - staleAfterMs()
  state.awaited = state.awaited.filter(
    (one) => one.trade_id !== feedback.trade_id && one.closed_at_ms >= oldestMs,
  )
}

function onClock(state: RlMonitorChangelog, ctx: Context, emit: Write): boolean {
  const { nowMs } = ctx
  let touched = false
  const oldest = state.awaited[0]
  const isStale = oldest !== undefined && nowMs - oldest.closed_at_ms > staleAfterMs()
  if (isStale !== (state.stale_since_ms !== null)) {
    const sinceMs = state.stale_since_ms ?? nowMs
    emit(opsAlert, staleAlert(state, isStale ? 'RAISED' : 'CLEARED', sinceMs, nowMs))
    state.stale_since_ms = isStale ? nowMs : null
    touched = true
  }
  if (state.changed && nowMs - state.reported_at_ms >= reportEveryMs) {
    state.changed = false
    state.reported_at_ms = nowMs
    emit(rlReport, reportOf(state, nowMs))
    touched = true
  }
  return touched
}

/** The time within which a reward follows its trade, as the topic declares it. */
const staleAfterMs = (): number => rlFeedback.fresh?.withinMs ?? 30_000

function reportOf(state: RlMonitorChangelog, nowMs: number): RlReport {
  const age = (atMs: number | null): number | null => (atMs === null ? null : nowMs - atMs)
  const { rewards, compared } = state
  const deviation = rewards < 2 ? null : Math.sqrt(state.m2_reward_r / (rewards - 1))
  return {
    account: state.account,
    policy_version: state.policy_version,
    policy_age_ms: age(state.policy_updated_at_ms),
    last_feedback_age_ms: age(state.last_feedback_at_ms),
    rewards,
    mean_reward_r: rewards === 0 ? null : state.mean_reward_r,
    // 1.96 standard errors of the mean: the normal 95 % interval.
    reward_interval_r: deviation === null ? null : (1.96 * deviation) / Math.sqrt(rewards),
    shadow_gain_r: compared === 0 ? null : state.shadow_gain_sum_r / compared,
    gate_pass: state.gate_pass,
    gate_blocked: state.gate_blocked,
    at_ms: nowMs,
  }
}

function staleAlert(
  { account, awaited }: RlMonitorChangelog,
  state: AlertState,
  raisedAtMs: number,
  nowMs: number,
): OpsAlert {
  return {
    alert_id: `RL_STALE|${account}`,
    kind: 'RL_STALE',
    severity: 'WARNING',
    state,
    subject: account,
    detail:
      state === 'CLEARED'
        ? 'expected a reward for each closed trade: none is overdue'
        : `expected a reward within ${String(staleAfterMs())} ms of each closed trade, was none for ${String(awaited.length)}`,
    raised_at_ms: raisedAtMs,
    at_ms: nowMs,
  }
}

function initial(account: string): RlMonitorChangelog {
  return {
    account,
    policy_version: '',
    policy_updated_at_ms: null,
    last_feedback_at_ms: null,
    rewards: 0,
    mean_reward_r: 0,
    m2_reward_r: 0,
    compared: 0,
    shadow_gain_sum_r: 0,
    gate_pass: 0,
    gate_blocked: 0,
    awaited: [],
    changed: false,
    reported_at_ms: 0,
    stale_since_ms: null,
  }
}
