// Every topic of the system, declared once. Names, keys, domains, retention and freshness come from here and nowhere else.
import { changelog, declared, topic } from './topic.ts'
import type { Topic } from './topic.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Every topic, in order of declaration. */
export const topics: readonly Topic[] = declared

// time
export const clockTick = topic('clock.tick', {
  domain: 'ops',
  key: 'at_ms',
  kind: 'clock',
  source: 'runtime',
  retentionMs: 0,
})

// see
export const exchangeTick = topic('exchange.tick', {
  domain: 'market',
  key: 'symbol',
  source: 'connector',
  retentionMs: hourMs,
  fresh: { withinMs: 5_000 },
  perishable: true,
})
export const instrumentState = topic('instrument.state', {
  domain: 'market',
  key: 'symbol',
  kind: 'compacted',
  source: 'connector',
  singleWriter: false,
})
export const priceUpdate = topic('price.update', {
  domain: 'market',
  key: 'symbol',
  singleWriter: true,
  retentionMs: hourMs,
  fresh: { withinMs: 5_000, of: 'exchange.tick' },
  perishable: true,
})
export const markState = topic('mark.state', {
  domain: 'market',
  key: 'symbol',
  kind: 'compacted',
  retentionMs: hourMs,
})
export const marketBar = topic('market.bar', {
  domain: 'market',
  key: 'symbol',
  singleWriter: true,
})

// think
export const aiSignalGenerated = topic('ai.signal_generated', {
  domain: 'market',
  key: 'symbol',
  singleWriter: true,
  fresh: { withinMs: 120_000, bars: 2, of: 'market.bar' },
})

// decide
export const signalRefused = topic('signal.refused', {
  domain: 'market',
  key: 'account|symbol',
  singleWriter: true,
  sink: true,
})
export const tradeIntent = topic('trade.intent', {
  domain: 'account',
  key: 'account|symbol',
  singleWriter: true,
})
export const exposureState = topic('exposure.state', {
  domain: 'account',
  key: 'account',
  kind: 'compacted',
  retentionMs: dayMs,
})

// act
export const orderCommand = topic('order.command', {
  domain: 'account',
  key: 'account|symbol',
  singleWriter: true,
  sink: true,
})
export const orderReport = topic('order.report', {
  domain: 'account',
  key: 'account|symbol',
  source: 'connector',
})
export const fundingPaid = topic('funding.paid', {
  domain: 'account',
  key: 'account|symbol',
  source: 'connector',
})
export const accountSnapshot = topic('account.snapshot', {
  domain: 'account',
  key: 'account',
  source: 'connector',
  retentionMs: dayMs,
  fresh: { withinMs: 60_000 },
})
export const executionResult = topic('execution.result', {
  domain: 'account',
  key: 'account|symbol',
  sink: true,
})
export const positionState = topic('position.state', {
  domain: 'market',
  key: 'account|symbol',
  kind: 'compacted',
})
export const positionFlattened = topic('position.flattened', {
  domain: 'market',
  key: 'account|symbol',
  singleWriter: true,
})
export const portfolioState = topic('portfolio.state', {
  domain: 'account',
  key: 'account',
  kind: 'compacted',
  retentionMs: dayMs,
  fresh: { withinMs: 60_000 },
})

// leave
export const exitSignal = topic('exit.signal', {
  domain: 'account',
  key: 'account|symbol',
  singleWriter: true,
})
export const exitLevelChanged = topic('exit.level_changed', {
  domain: 'market',
  key: 'account|symbol',
  singleWriter: true,
  sink: true,
})
export const tradeClosed = topic('trade.closed', {
  domain: 'account',
  key: 'account|symbol',
  singleWriter: true,
  fresh: { withinMs: 30_000, of: 'position.flattened' },
})
export const exitbrainPnl = topic('exitbrain.pnl', {
  domain: 'account',
  key: 'account|symbol',
  singleWriter: true,
  sink: true,
  fresh: { withinMs: 30_000, of: 'trade.closed' },
})

// learn
// Not fresh by trade.closed: an adopted trade has no decision to reward. The monitor watches it, see RL_STALE.
export const rlFeedback = topic('rl.feedback', {
  domain: 'account',
  key: 'account|symbol',
  singleWriter: true,
})
export const rlPolicy = topic('rl.policy', { domain: 'account', key: 'account', kind: 'compacted' })
export const rlShadow = topic('rl.shadow', {
  domain: 'account',
  key: 'account|symbol',
  singleWriter: true,
})
export const rlReport = topic('rl.report', {
  domain: 'account',
  key: 'account',
  kind: 'compacted',
  sink: true,
  retentionMs: dayMs,
})

// watch
export const safeModeCommand = topic('safe_mode.command', {
  domain: 'account',
  key: 'account',
  source: 'operator',
})
export const safeModeState = topic('safe_mode.state', {
  domain: 'account',
  key: 'account',
  kind: 'compacted',
})
export const reconcileReport = topic('reconcile.report', {
  domain: 'account',
  key: 'account|symbol',
  singleWriter: true,
})
export const topicObserved = topic('topic.observed', {
  domain: 'ops',
  key: 'topic',
  source: 'runtime',
  retentionMs: hourMs,
  perishable: true,
})
export const topologyHeartbeat = topic('topology.heartbeat', {
  domain: 'ops',
  key: 'processor',
  source: 'runtime',
  retentionMs: dayMs,
  fresh: { withinMs: 30_000 },
  perishable: true,
})
export const contractReport = topic('contract.report', {
  domain: 'ops',
  key: 'item',
  kind: 'compacted',
  sink: true,
  retentionMs: dayMs,
})
export const opsAlert = topic('ops.alert', {
  domain: 'ops',
  key: 'alert_id',
  sink: true,
  source: 'runtime',
})
export const deadLetter = topic('dead.letter', {
  domain: 'ops',
  key: 'topic',
  sink: true,
  source: 'runtime',
})

// what a runtime on a broker keeps beside the records; the embedded log keeps it in its own tables
export const connectorNotes = changelog('connector.notes', 'ops')
export const marketCheckpoint = changelog('market.checkpoint', 'market')
export const accountCheckpoint = changelog('account.checkpoint', 'account')
export const opsCheckpoint = changelog('ops.checkpoint', 'ops')

// changelogs: the state of one processor each, named after it
export const aggregatorChangelog = changelog('aggregator.changelog', 'market')
export const barsChangelog = changelog('bars.changelog', 'market')
export const aiEngineChangelog = changelog('ai_engine.changelog', 'market')
export const strategyRouterChangelog = changelog('strategy_router.changelog', 'market')
export const portfolioChangelog = changelog('portfolio.changelog', 'account')
export const exitBrainChangelog = changelog('exit_brain.changelog', 'market')
export const tradeCloserChangelog = changelog('trade_closer.changelog', 'market')
export const tradeCloserSeenChangelog = changelog('trade_closer_seen.changelog', 'market')
export const exitAttributionChangelog = changelog('exit_attribution.changelog', 'account')
export const rlFeedbackIntentsChangelog = changelog('rl_feedback_intents.changelog', 'account')
export const rlAgentChangelog = changelog('rl_agent.changelog', 'account')
export const rlMonitorChangelog = changelog('rl_monitor.changelog', 'account')
export const rlMonitorShadowsChangelog = changelog('rl_monitor_shadows.changelog', 'account')
export const executionGatesChangelog = changelog('execution_gates.changelog', 'account')
export const executionGatesSeenChangelog = changelog('execution_gates_seen.changelog', 'account')
export const executionChangelog = changelog('execution.changelog', 'account')
export const positionKeeperChangelog = changelog('position_keeper.changelog', 'account')
export const positionKeeperSeenChangelog = changelog('position_keeper_seen.changelog', 'account')
export const safeModeChangelog = changelog('safe_mode.changelog', 'account')
export const reconcilerChangelog = changelog('reconciler.changelog', 'account')
export const reconcilerSeenChangelog = changelog('reconciler_seen.changelog', 'account')
export const duplicateOrdersChangelog = changelog('duplicate_orders.changelog', 'account')
export const duplicateOrdersSeenChangelog = changelog('duplicate_orders_seen.changelog', 'account')
export const nakedPositionChangelog = changelog('naked_position.changelog', 'market')
export const contractCheckChangelog = changelog('contract_check.changelog', 'ops')
export const freshnessChangelog = changelog('freshness.changelog', 'ops')
export const consumerLagChangelog = changelog('consumer_lag.changelog', 'ops')
