// THE PAGE. The whole system in flow order: a tick comes in at the top, a learned policy goes out at the bottom.
//
//   market domain (by symbol)    see, think, decide, and the part of leave that watches prices
//   account domain (by account)  act, learn, watch: everything that counts money
//   ops domain                   the watchers of the system itself
//
// Processors of one domain run in one task and hand records on directly; between domains records go through the log.
// To add a processor: write its file in the folder of its group, add its topics to schemas/, add it here.
import { executionGates } from './act/execution-gates.ts'
import { execution } from './act/execution.ts'
import { portfolio } from './act/portfolio.ts'
import { positionKeeper } from './act/position-keeper.ts'
import { exposureBalancer } from './decide/exposure-balancer.ts'
import { strategyRouter } from './decide/strategy-router.ts'
import { topology } from './kernel/topology.ts'
import { rlAgent } from './learn/rl-agent.ts'
import { rlFeedback } from './learn/rl-feedback.ts'
import { rlMonitor } from './learn/rl-monitor.ts'
import { exitAttribution } from './leave/exit-attribution.ts'
import { exitBrain } from './leave/exit-brain.ts'
import { tradeCloser } from './leave/trade-closer.ts'
import { aggregator } from './see/aggregator.ts'
import { bars } from './see/bars.ts'
import { aiEngine } from './think/ai-engine.ts'
import { consumerLag } from './watch/consumer-lag.ts'
import { contractCheck } from './watch/contract-check.ts'
import { duplicateOrders } from './watch/duplicate-orders.ts'
import { freshness } from './watch/freshness.ts'
import { nakedPosition } from './watch/naked-position.ts'
import { reconciler } from './watch/reconciler.ts'
import { safeMode } from './watch/safe-mode.ts'

const page = {
  see: [aggregator, bars],
  think: [aiEngine],
  decide: [strategyRouter, exposureBalancer],
  act: [executionGates, execution, positionKeeper, portfolio],
  leave: [exitBrain, tradeCloser, exitAttribution],
  learn: [rlFeedback, rlAgent, rlMonitor],
  watch: [safeMode, reconciler, duplicateOrders, nakedPosition, freshness, consumerLag],
}

/** Who must be alive: the contract check compares it with the heartbeats it sees. */
const expected = [
  ...Object.values(page)
    .flat()
    .map((processor) => processor.name),
  'contract-check',
]

export const trading = topology('trading', {
  ...page,
  watch: [...page.watch, contractCheck(expected)],
})
