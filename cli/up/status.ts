// The live status of `up`: one line, made from what this process committed. It shows no figure that other processes write.
import type { Runtime } from '../../connectors/runtime.ts'
import { portfolioState, safeModeState } from '../../schemas/topics.ts'
import type { TopicName } from '../../schemas/topic.ts'
import type {
  ExecutionResult,
  PortfolioState,
  SafeModeState,
  TradeClosed,
} from '../../schemas/types.gen.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import type { Parts } from './parts.ts'

export interface Status {
  line(nowMs: number): string
}

/** What is shown from the start, as an earlier run left it. */
const states = [portfolioState, safeModeState]

/** Follows the commits of a runtime on which these parts work. */
export async function followStatus(
  runtime: Pick<Runtime, 'onCommit' | 'table'>,
  startMs: number,
  topology: Topology,
  parts: Parts,
): Promise<Status> {
  let ticks = 0
  let signals = 0
  let refusals = 0
  let trades = 0
  let net = 0
  let equity = 'unknown'
  let open = 0
  let safeMode = 'unknown'
  const on: Partial<Record<TopicName, (value: never) => void>> = {
    'exchange.tick': () => ticks++,
    'ai.signal_generated': () => signals++,
    'execution.result': ({ status }: ExecutionResult) => {
      if (status === 'REFUSED') refusals++
    },
    'trade.closed': (trade: TradeClosed) => {
      trades++
      net += Number(trade.net_usd)
    },
    'portfolio.state': (state: PortfolioState) => {
      equity = state.known ? Number(state.equity_usd).toFixed(2) : 'unknown'
      open = state.open_positions
    },
    'safe_mode.state': (state: SafeModeState) => {
      safeMode = state.active ? 'ON' : 'off'
    },
  }
  const figures: readonly [TopicName, () => string][] = [
    ['exchange.tick', () => `ticks ${ticks}`],
    ['ai.signal_generated', () => `signals ${signals}`],
    ['portfolio.state', () => `open ${open}`],
    ['trade.closed', () => `closed ${trades}  net ${net.toFixed(2)} USD`],
    ['portfolio.state', () => `equity ${equity} USD`],
    ['execution.result', () => `refused ${refusals}`],
    ['safe_mode.state', () => `safe mode ${safeMode}`],
  ]
  const written = writtenBy(topology, parts)
  const shown = figures.filter(([topic]) => written.has(topic))
  for (const topic of states)
    if (written.has(topic.name))
      for (const value of (await runtime.table(topic)).values()) on[topic.name]?.(value as never)
  runtime.onCommit((records) => {
    for (const { topic, value } of records) if (value !== null) on[topic]?.(value as never)
  })
  return {
    line: (nowMs) =>
      [
        `${String(Math.round((nowMs - startMs) / 1_000)).padStart(4)} s`,
        ...shown.map(([, text]) => text()),
      ].join('  '),
  }
}

/** Names of the topics that these parts write. */
function writtenBy(topology: Topology, { subTopologies, gateway }: Parts): Set<TopicName> {
  const processors = topology.subTopologies
    .filter((sub) => subTopologies.includes(sub.name))
    .flatMap((sub) => sub.processors)
  const brought = topology.topics.filter((topic) => gateway && topic.source === 'connector')
  return new Set([...processors.flatMap((p) => p.writes), ...brought].map((topic) => topic.name))
}
