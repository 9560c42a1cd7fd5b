// Rewards a decision with what its trade brought in the end. A reward must never come from anything but trade.closed, and
// each decision is rewarded once.
import {
  rlFeedback as rlFeedbackTopic,
  rlFeedbackIntentsChangelog,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type {
  RlFeedback,
  RlFeedbackIntentsChangelog,
  TradeClosed,
  TradeIntent,
} from '../../schemas/types.gen.ts'
import { processor } from '../kernel/processor.ts'
import type { Ctx } from '../kernel/processor.ts'
import { rlFeatures, rlStateKey } from '../rl-state.ts'

type Context = Ctx<never, RlFeedbackIntentsChangelog>

export const rlFeedback = processor({
  name: 'rl-feedback',
  doc: 'Ties the net result of each closed trade to the decision that opened it: one reward for each trade.',
  reads: [tradeIntent, tradeClosed],
  writes: [rlFeedbackTopic],
  // What each decision saw, by intent, until the trade that it opened is closed and can't be delivered again.
  ledger: rlFeedbackIntentsChangelog,
  forgets: true,
  decide(_state, record, ctx, emit) {
    if (record.topic === 'trade.intent') {
      remember(record.value, ctx)
      return
    }
    const trade = record.value
    const decision = trade.intent_id === null ? undefined : ctx.ledger.get(trade.intent_id)
    // Not a decision of ours, or one that was rewarded: nothing is learned from it.
    if (decision === undefined || decision.rewarded_trade_id !== null) return
    const feedback = feedbackOf(trade, decision, ctx)
    if (feedback === null) return
    ctx.ledger.set(decision.intent_id, { ...decision, rewarded_trade_id: trade.trade_id })
    emit(rlFeedbackTopic, feedback)
  },
})

function remember(intent: TradeIntent, ctx: Context): void {
  if (ctx.ledger.get(intent.intent_id) !== undefined) return
  ctx.ledger.set(intent.intent_id, {
    intent_id: intent.intent_id,
    state_key: rlStateKey(intent),
    features: rlFeatures(intent),
    multiplier_applied: intent.rl.multiplier_applied,
    at_ms: ctx.nowMs,
    rewarded_trade_id: null,
  })
}

/**
 * Reward in R: net R of the trade less a share of its adverse excursion, in R. Null when the risk of the trade is not
 * known: then there is no R.
 */
function feedbackOf(
  trade: TradeClosed,
  decision: RlFeedbackIntentsChangelog,
  ctx: Context,
): RlFeedback | null {
  if (trade.r_multiple === null) return null
  const penalty = ctx.config.rl.drawdown_penalty * Math.abs(trade.mae_r ?? 0)
  return {
    feedback_id: ctx.id(0),
    account: trade.account,
    symbol: trade.symbol,
    trade_id: trade.trade_id,
    correlation_id: trade.correlation_id,
    intent_id: decision.intent_id,
    reward_r: trade.r_multiple - penalty,
    net_r: trade.r_multiple,
    drawdown_penalty_r: penalty,
    state_key: decision.state_key,
    features: decision.features.map((feature) => ({ ...feature })),
    multiplier_applied: decision.multiplier_applied,
    at_ms: ctx.nowMs,
  }
}
