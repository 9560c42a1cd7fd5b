// The live status of `up`: one line, made from what was committed.
import type { EmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
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
  runtime.onCommit((records) => {
    for (const { topic, value } of records) {
      if (value === null) continue
      switch (topic) {
        case 'exchange.tick':
          ticks++
          break
        case 'ai.signal_generated':
          signals++
          break
        case 'execution.result':
          if ((value as ExecutionResult).status === 'REFUSED') refusals++
          break
        case 'trade.closed':
          trades++
          net += Number((value as TradeClosed).net_usd)
          break
        case 'portfolio.state': {
          const state = value as PortfolioState
          equity = state.known ? Number(state.equity_usd).toFixed(2) : 'unknown'
          open = state.open_positions
          break
        }
        case 'safe_mode.state':
          safeMode = (value as SafeModeState).active ? 'ON' : 'off'
          break
        default:
      }
    }
  })
  return {
    line: (nowMs) =>
      `${String(Math.round((nowMs - startMs) / 1_000)).padStart(4)} s  ticks ${String(ticks)}  signals ${String(signals)}  open ${String(open)}  closed ${String(trades)}  net ${net.toFixed(2)} USD  equity ${equity} USD  refused ${String(refusals)}  safe mode ${safeMode}`,
  }
}
