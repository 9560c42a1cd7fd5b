// quantum up: runs the whole pipeline, or parts of it, with paper trading on the simulated venue.
import { setTimeout as sleep } from 'node:timers/promises'
import { isRaised } from '../connectors/alerts.ts'
import { openMarketFiles } from '../connectors/backtest/files/market-feed.ts'
import type { HealthCheck } from '../connectors/health.ts'
import type { DeadLetter } from '../schemas/types.gen.ts'
import { trading } from '../topologies/trading.ts'
import { placeOf } from './configuration/place.ts'
import { createLogger } from './logger.ts'
import { isBad } from './map/from-log.ts'
import { configOf, logOptions } from './open-log.ts'
import { createProgress } from './progress.ts'
import { listenForEnd } from './up/ending.ts'
import type { Ending } from './up/ending.ts'
import { generatedTicks, replayedTicks } from './up/market-feed.ts'
import { namesOf, partsOf } from './up/parts.ts'
import type { Parts } from './up/parts.ts'
import { followRestoring } from './up/restore-progress.ts'
import { followStatus } from './up/status.ts'
import { summarise } from './up/summary.ts'
import type { Summary } from './up/summary.ts'
import { startSystem } from './up/system.ts'
import type { System } from './up/system.ts'
import type { Invocation, Verb } from './verb.ts'
import { UserError, durationMs, exit } from './verb.ts'

const statusMs = 1_000

/** Longest wait for the summary once somebody asked for the end. */
const summaryMs = 5_000

export const verb: Verb = {
  name: 'up',
  summary:
    'Run the pipeline: log or broker, market data, simulated venue, live status. Ctrl-C ends it.',
  usage: '[MARKET FILES…] [--for 60s] [--run market,account,ops,gateway]',
  options: {
    ...logOptions,
    config: {
      type: 'string',
      help: 'Configuration file (YAML). Default: a demo with a lively generated market.',
    },
    run: {
      type: 'string',
      help: 'redpanda: parts that this process runs: sub-topologies, and gateway for venue and market. Default: all.',
    },
    for: { type: 'string', help: 'End by itself after this time, with a summary.' },
    verbose: {
      type: 'boolean',
      help: 'Log all to stderr, one JSON object a line, not only errors and critical alerts.',
    },
  },
  async run(invocation) {
    const { values, positionals, io, json } = invocation
    const config = configOf(invocation)
    const parts = partsOf(values['run'] as string | undefined, trading, config.runtime)
    const forMs = values['for'] === undefined ? null : durationMs('for', String(values['for']))
    if (!parts.gateway && positionals.length > 0)
      throw new UserError('market files: expected the part gateway in --run, which shows them')
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
    using ending = listenForEnd({ err: io.err, process, exitNow: (code) => process.exit(code) })
    if (!json && config.runtime !== 'embedded') io.out(`connecting to ${placeOf(config)}`)
    const progress = createProgress({ label: 'restoring', io, json })
    const system = await startSystem({
      config,
      parts,
      onRestoring: followRestoring(progress, io.now),
      logger: createLogger(values['verbose'] === true ? 'info' : 'error'),
      wallMs: io.now,
      env: io.env,
      ticks: (instruments, lastPrices, startMs) =>
        feed === null
          ? generatedTicks(config, instruments, lastPrices, startMs)
          : replayedTicks(feed, config, startMs),
      takeBadRows: () => letters.splice(0),
    }).finally(() => {
      progress.done()
    })
    const venue = parts.gateway ? `venue ${config.simulator.path}, ` : ''
    const shared = config.runtime === 'embedded' ? '' : `running ${namesOf(parts).join(', ')}, `
    if (!json)
      io.out(
        `log ${placeOf(config)}, ${shared}${venue}environment ${config.environment}; Ctrl-C ends`,
      )
    if (!json && system.httpPort !== null)
      io.out(`health and metrics: http://${config.http.host}:${String(system.httpPort)}/metrics`)
    const startMs = io.now()
    let endMs = startMs
    try {
      await runUntilEnd(system, parts, forMs, ending, invocation)
      endMs = io.now()
    } finally {
      // First of all nothing trades any more.
      await ending.within(system.stop())
    }
    const windowMs = Math.max(60_000, endMs - startMs)
    const summary = await inTime(summarise(config, io.env, endMs, windowMs), ending.asked)
    io.out(json ? JSON.stringify(summary) : textOf(summary))
    return summary.map.some(isBad) ? exit.finding : exit.ok
  },
}

/** Until the time is over, a signal arrives, the files end, or a part fails. */
async function runUntilEnd(
  system: System,
  parts: Parts,
  forMs: number | null,
  ending: Ending,
  { io, json }: Invocation,
): Promise<void> {
  const over = new AbortController()
  const status = await followStatus(system.runtime, io.now(), trading, parts)
  let waitsFor: string | null = null
  let isAsking = false
  const ask = async (): Promise<void> => {
    isAsking = true
    waitsFor = await system.runtime.health().ready().then(failingText, String)
    isAsking = false
  }
  const timer = setInterval(() => {
    if (json) return
    if (!isAsking) void ask()
    io.out(status.line(io.now()) + (waitsFor === null ? '' : `  waits: ${waitsFor}`))
  }, statusMs)
  try {
    const signal = AbortSignal.any([ending.asked, over.signal])
    const waiting = sleep(forMs ?? 2 ** 31 - 1, undefined, { signal }).catch(() => undefined)
    await Promise.race([waiting, system.ended])
  } finally {
    over.abort()
    clearInterval(timer)
  }
}

function failingText(checks: readonly HealthCheck[]): string | null {
  const failing = checks.filter((check) => !check.ok)
  return failing.length === 0 ? null : failing.map((check) => check.detail).join('; ')
}

/** The summary, or an error when it is not read soon after somebody asked for the end. */
async function inTime(summary: Promise<Summary>, asked: AbortSignal): Promise<Summary> {
  const tooLate = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const hurry = (): void => {
    timer = setTimeout(() => {
      const text = `the summary could not be read within ${summaryMs / 1_000} s`
      tooLate.reject(new UserError(text, exit.failed))
    }, summaryMs)
  }
  if (asked.aborted) hurry()
  else asked.addEventListener('abort', hurry)
  try {
    return await Promise.race([summary, tooLate.promise])
  } finally {
    clearTimeout(timer)
    asked.removeEventListener('abort', hurry)
  }
}

function textOf({ topics, map, alerts }: Summary): string {
  const bad = map.filter(isBad)
  const open = alerts.filter(isRaised)
  return [
    'records by topic:',
    ...Object.entries(topics).map(([topic, n]) => `  ${topic.padEnd(32)} ${String(n).padStart(8)}`),
    bad.length === 0 ? `map: all ${String(map.length)} rows are well` : 'map:',
    ...bad.map((row) => `  ${row.verdict} ${row.kind} ${row.name}: ${row.evidence}`),
    `alerts: ${String(open.length)} open, ${String(alerts.length - open.length)} cleared`,
    ...open.map((alert) => `  ${alert.severity} ${alert.kind} ${alert.subject}: ${alert.detail}`),
  ].join('\n')
}
