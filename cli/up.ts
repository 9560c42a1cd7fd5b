// quantum up: runs the whole pipeline on the embedded log, with paper trading on the simulated venue.
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { openMarketFiles } from '../connectors/backtest/files/market-feed.ts'
import type { DeadLetter } from '../schemas/types.gen.ts'
import { configOf } from './open-log.ts'
import { isBad } from './map/from-log.ts'
import { generatedTicks, replayedTicks } from './up/market-feed.ts'
import { followStatus } from './up/status.ts'
import { summarise } from './up/summary.ts'
import type { Summary } from './up/summary.ts'
import { startSystem } from './up/system.ts'
import type { System } from './up/system.ts'
import type { Io, Verb } from './verb.ts'
import { UserError, durationMs, exit } from './verb.ts'

const statusMs = 1_000

export const verb: Verb = {
  name: 'up',
  summary:
    'Run the pipeline: embedded log, market data, simulated venue, live status. Ctrl-C ends it.',
  usage: '[MARKET FILES…] [--for 60s]',
  options: {
    config: {
      type: 'string',
      help: 'Configuration file (YAML). Default: a demo with a lively generated market.',
    },
    for: { type: 'string', help: 'End by itself after this time, with a summary.' },
    verbose: { type: 'boolean', help: 'Log to stderr, one JSON object a line.' },
  },
  async run({ values, positionals, io, json }) {
    const config = configOf({ values, io })
    const forMs = values['for'] === undefined ? null : durationMs('for', String(values['for']))
    const logger = pino(
      { level: values['verbose'] === true ? 'info' : 'error' },
      pino.destination(2),
    )
    const letters: DeadLetter[] = []
    using feed =
      positionals.length === 0
        ? null
        : openMarketFiles(positionals, {
            venue: config.trading_venue,
            onBadRow: (row) => {
              letters.push(row.letter)
              io.err(`refused row: ${row.letter.detail}`)
            },
          })
    const system = await startSystem({
      config,
      logger,
      wallMs: io.now,
      ticks: (instruments, lastPrices, startMs) =>
        feed === null
          ? generatedTicks(config, instruments, lastPrices, startMs)
          : replayedTicks(feed, config, startMs),
      takeBadRows: () => letters.splice(0),
    })
    if (!json)
      io.out(
        `log ${config.log.path}, venue ${config.simulator.path}, environment ${config.environment}; Ctrl-C ends`,
      )
    const startMs = io.now()
    try {
      await runUntilEnd(system, forMs, io, json)
      const summary = await summarise(config, io.now(), Math.max(60_000, io.now() - startMs))
      io.out(json ? JSON.stringify(summary) : textOf(summary))
      return summary.map.some(isBad) ? exit.finding : exit.ok
    } catch (error) {
      if (error instanceof Error && error.name === 'LogError')
        throw new UserError(error.message, exit.failed)
      throw error
    } finally {
      await system.stop()
    }
  },
}

/** Until the time is over, a signal arrives, the files end, or a part fails. */
async function runUntilEnd(
  system: System,
  forMs: number | null,
  io: Io,
  json: boolean,
): Promise<void> {
  const stop = new AbortController()
  const interrupt = (): void => {
    stop.abort()
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const status = followStatus(system.runtime, io.now())
  const timer = setInterval(() => {
    if (!json) io.out(status.line(io.now()))
  }, statusMs)
  try {
    const waiting = sleep(forMs ?? 2 ** 31 - 1, undefined, { signal: stop.signal }).catch(
      () => undefined,
    )
    await Promise.race([waiting, system.ended])
  } finally {
    stop.abort()
    clearInterval(timer)
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

function textOf({ topics, map, alerts }: Summary): string {
  const bad = map.filter(isBad)
  const open = alerts.filter((alert) => alert.state === 'RAISED')
  return [
    'records by topic:',
    ...Object.entries(topics).map(([topic, n]) => `  ${topic.padEnd(32)} ${String(n).padStart(8)}`),
    bad.length === 0 ? `map: all ${String(map.length)} rows are well` : 'map:',
    ...bad.map((row) => `  ${row.verdict} ${row.kind} ${row.name}: ${row.evidence}`),
    `alerts: ${String(open.length)} open, ${String(alerts.length - open.length)} cleared`,
    ...open.map((alert) => `  ${alert.severity} ${alert.kind} ${alert.subject}: ${alert.detail}`),
  ].join('\n')
}
