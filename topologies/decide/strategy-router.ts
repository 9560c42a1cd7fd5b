// Turns a signal into exactly one intent or one refusal for each account that trades the symbol, with size, stop and target.
// It proposes only: hard limits of an account are the execution gates' matter, and no check here raises anything.
// Its price is the last price.update itself, which arrives before the signal that it causes: never an older one of a table.
import { decimalText } from '../../schemas/decimal.ts'
import {
  aiSignalGenerated,
  exposureState,
  instrumentState,
  portfolioState,
  positionState,
  priceUpdate,
  rlPolicy,
  safeModeState,
  signalRefused,
  strategyRouterChangelog,
  tradeIntent,
} from '../../schemas/topics.ts'
import type {
  AiSignalGenerated,
  SignalRefused,
  StrategyRouterChangelog,
  TradeIntent,
} from '../../schemas/types.gen.ts'
import { invariant } from '../kernel/invariant.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { RecordOf } from '../kernel/topic.ts'
import { costRefusal, expectedSigmaBps, roundTripCost } from './costs.ts'
import type { Facts, Question, Refused } from './facts.ts'
import { readFacts, refuse } from './facts.ts'
import { distanceBps, levelFault, levelsFor } from './levels.ts'
import { marketRefusal } from './refusals.ts'
import { rlInfluence, startsCooldown } from './rl-influence.ts'
import { sizeTrade } from './sizing.ts'

/** Not kept: after a restart there is no price, and no entry, until the first one comes. */
interface State {
  lastPrice: RecordOf<typeof priceUpdate> | null
}

export const strategyRouter = processor({
  name: 'strategy-router',
  doc: 'Decides for each account whether a signal becomes an intent, and its size, leverage, stop and target.',
  reads: [aiSignalGenerated, priceUpdate],
  tables: [portfolioState, safeModeState, exposureState, instrumentState, positionState, rlPolicy],
  state: {
    ephemeral: true,
    key: (record) => record.key,
    initial: (): State => ({ lastPrice: null }),
  },
  // The last intent of each account and symbol. No more entries than these pairs, so that none needs to end.
  ledger: strategyRouterChangelog,
  writes: [tradeIntent, signalRefused],
  decide(state, record, ctx, emit) {
    if (record.topic === 'price.update') {
      state.lastPrice = record
      return
    }
    const signal = record.value
    const { symbol } = signal
    const traders = ctx.config.accounts.filter((account) => account.symbols.includes(symbol))
    if (traders.length === 0) {
      const refused = refuse('SYMBOL_NOT_TRADED', `no account trades ${symbol}`)
      emit(signalRefused, refusalRecord(signal, '', refused, ctx.nowMs))
      return unchanged
    }
    traders.forEach((account, n) => {
      const leg = `${account.name}|${symbol}`
      const memory = ctx.ledger.get(leg)
      const outcome = answer({
        signal,
        account,
        config: ctx.config,
        nowMs: ctx.nowMs,
        instrument: ctx.table(instrumentState).get(symbol),
        lastPrice: state.lastPrice,
        safeMode: ctx.table(safeModeState).get(account.name),
        position: ctx.table(positionState).get(leg),
        portfolio: ctx.table(portfolioState).get(account.name),
        exposure: ctx.table(exposureState).get(account.name),
        policy: ctx.table(rlPolicy).get(account.name),
        memory,
      })
      if ('reason' in outcome) {
        emit(signalRefused, refusalRecord(signal, account.name, outcome, ctx.nowMs))
        return
      }
      const intent = { intent_id: ctx.id(n), ...outcome }
      ctx.ledger.set(leg, remembered(memory, intent))
      emit(tradeIntent, intent)
    })
    return unchanged
  },
})

/** Order of the checks: facts, signal and market, stop and target, cost against edge, size. The first one refuses. */
function answer(question: Question): Omit<TradeIntent, 'intent_id'> | Refused {
  const facts = readFacts(question)
  if ('reason' in facts) return facts
  const refused = marketRefusal(facts)
  if (refused !== null) return refused

  const { signal, side, config, nowMs } = facts
  const { max_stop_bps: maxStopBps, target_r: targetR } = config.router
  const cost = roundTripCost(facts)
  const levels = levelsFor({
    side,
    reference: facts.reference,
    stopDistanceBps: Math.max(
      config.router.min_stop_bps,
      cost.totalBps,
      config.router.stop_sigmas * expectedSigmaBps(signal),
    ),
    targetR,
    tickSize: facts.instrument.tick_size,
  })
  const fault = levelFault(levels, side, { maxStopBps, targetR })
  if (fault !== null) return refuse('STOP_INVALID', fault)
  const dear = costRefusal(facts, cost, distanceBps(levels, levels.target))
  if (dear !== null) return dear

  const base = baseOf(facts, cost.totalBps)
  const rl = rlInfluence({
    settings: config.rl,
    policy: facts.policy,
    intent: base,
    nowMs,
    influencedAtMs: facts.memory?.rl_influenced_at_ms ?? null,
  })
  const size = sizeTrade(facts, levels, rl.multiplier_applied)
  if ('reason' in size) return size
  return {
    ...base,
    notional_usd: decimalText(size.notionalUsd),
    margin_usd: decimalText(size.marginUsd),
    leverage: size.leverage,
    risk_usd: decimalText(size.riskUsd),
    reference_price: decimalText(levels.reference),
    stop_price: decimalText(levels.stop),
    target_price: decimalText(levels.target),
    // Expected net result in units of risk. The policy has no part in it: shadow never changes a rank.
    score:
      (signal.expected_move_bps * signal.confidence - cost.totalBps) /
      distanceBps(levels, levels.stop),
    rl,
  }
}

/** What an intent says of the signal and the market, without size and levels. */
function baseOf(
  { signal, account, side, config, price, spreadBps, nowMs }: Facts,
  costBps: number,
) {
  const { atr_bps: atrBps } = signal
  invariant(atrBps !== null, `${signal.signal_id}: expected an ATR after the volatility check`)
  return {
    signal_id: signal.signal_id,
    correlation_id: signal.correlation_id,
    account: account.name,
    symbol: signal.symbol,
    venue: config.trading_venue,
    environment: config.environment,
    side,
    confidence: signal.confidence,
    ensemble_confidence: signal.ensemble_confidence,
    consensus: signal.consensus,
    votes: signal.votes,
    regime: signal.regime,
    atr_bps: atrBps,
    spread_bps: spreadBps,
    divergence_bps: price.divergence_bps,
    funding_rate_8h: price.funding_rate_8h,
    expected_move_bps: signal.expected_move_bps,
    expected_cost_bps: costBps,
    horizon_ms: signal.horizon_ms,
    created_at_ms: nowMs,
    expires_at_ms: nowMs + config.router.intent_ttl_ms,
    tick_at_ms: signal.tick_at_ms,
  }
}

/** An intent starts the cooldown; it starts the policy's too when the policy had a say, else that one goes on. */
function remembered(
  before: StrategyRouterChangelog | undefined,
  intent: TradeIntent,
): StrategyRouterChangelog {
  return {
    account: intent.account,
    symbol: intent.symbol,
    last_signal_id: intent.signal_id,
    last_intent_at_ms: intent.created_at_ms,
    rl_influenced_at_ms: startsCooldown(intent.rl)
      ? intent.created_at_ms
      : (before?.rl_influenced_at_ms ?? null),
  }
}

function refusalRecord(
  signal: AiSignalGenerated,
  account: string,
  { reason, detail }: Refused,
  nowMs: number,
): SignalRefused {
  return {
    signal_id: signal.signal_id,
    correlation_id: signal.correlation_id,
    account,
    symbol: signal.symbol,
    action: signal.action,
    reason,
    detail,
    confidence: signal.confidence,
    at_ms: nowMs,
  }
}
