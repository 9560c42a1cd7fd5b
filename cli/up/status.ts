// The live status of `up`: one line, made from what was committed.
import type { EmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import type { TopicName } from '../../schemas/topic.ts'
import type {
  ExecutionResult,
  PortfolioState,
  SafeModeState,
  TradeClosed,
} from '../../schemas/types.gen.ts'

export interface Status {
  line(nowMs: number): string
}

/** Follows the commits of a runtime. */
export function followStatus(runtime: EmbeddedRuntime, startMs: number): Status {
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
  runtime.onCommit((records) => {
    for (const { topic, value } of records) if (value !== null) on[topic]?.(value as never)
  })
  return {
    line: (nowMs) =>
      `${String(Math.round((nowMs - startMs) / 1_000)).padStart(4)} s  ticks ${String(ticks)}  signals ${String(signals)}  open ${String(open)}  closed ${String(trades)}  net ${net.toFixed(2)} USD  equity ${equity} USD  refused ${String(refusals)}  safe mode ${safeMode}`,
  }
}
