// The strategy router with a price and all its tables filled: one call, one signal, one answer for each account.
import type { Config } from '../../schemas/config.ts'
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
  tradeIntent,
} from '../../schemas/topics.ts'
import type {
  AiSignalGenerated,
  ExposureState,
  InstrumentState,
  PortfolioState,
  PositionState,
  PriceUpdate,
  RlPolicy,
  SafeModeState,
  SignalRefused,
  TradeIntent,
} from '../../schemas/types.gen.ts'
import { strategyRouter } from '../../topologies/decide/strategy-router.ts'
import { given, testConfig } from './given.ts'
import type { Given } from './given.ts'
import {
  exposureOf,
  instrumentOf,
  portfolioOf,
  priceUpdateOf,
  safeModeOf,
  signalOf,
  startMs,
} from './records.ts'

/** The last price and what the tables hold; null leaves it out. */
export interface World {
  signal?: Partial<AiSignalGenerated>
  price?: Partial<PriceUpdate> | null
  instrument?: Partial<InstrumentState> | null
  portfolio?: Partial<PortfolioState> | null
  exposure?: Partial<ExposureState> | null
  safeMode?: Partial<SafeModeState> | null
  position?: PositionState
  policy?: RlPolicy
  config?: object
  nowMs?: number
}

/** A price of 100 with a spread of 2 bps, one venue. */
export const quoteOf = (changes: Partial<PriceUpdate> = {}): PriceUpdate =>
  priceUpdateOf({ price: 100, bid: 99.99, ask: 100.01, mark: 100, spread_bps: 2, ...changes })

/** The router in a world where, unless told otherwise, everything is known, fresh and calm. */
export function routerIn(world: World = {}): { router: Given; config: Config } {
  const symbol = world.signal?.symbol ?? 'BTCUSDT'
  const config = testConfig(world.config ?? {})
  const router = given(strategyRouter, { config, startMs: world.nowMs ?? startMs })
  if (world.instrument !== null)
    router.table(instrumentState, instrumentOf({ symbol, ...world.instrument }))
  for (const { name: account } of config.accounts) {
    if (world.portfolio !== null)
      router.table(portfolioState, portfolioOf({ account, ...world.portfolio }))
    if (world.exposure !== null)
      router.table(exposureState, exposureOf({ account, ...world.exposure }))
    if (world.safeMode !== null)
      router.table(safeModeState, safeModeOf({ account, ...world.safeMode }))
  }
  if (world.position !== undefined) router.table(positionState, world.position)
  if (world.policy !== undefined) router.table(rlPolicy, world.policy)
  if (world.price !== null) router.records([priceUpdate, quoteOf({ symbol, ...world.price })])
  return { router, config }
}

export interface Answers {
  readonly intents: TradeIntent[]
  readonly refusals: SignalRefused[]
}

/** What the router makes of one signal in that world. */
export function route(world: World = {}): Answers {
  const { router } = routerIn(world)
  router.when([aiSignalGenerated, signalOf(world.signal)])
  return { intents: router.outputs(tradeIntent), refusals: router.outputs(signalRefused) }
}

/** The one intent of that world; fails when the signal was refused. */
export function intentIn(world: World = {}): TradeIntent {
  const { intents, refusals } = route(world)
  if (intents.length !== 1 || refusals.length !== 0)
    throw new Error(`expected one intent, was ${JSON.stringify({ intents, refusals })}`)
  return intents[0]!
}

/** The one refusal of that world; fails when an intent came out. */
export function refusalIn(world: World = {}): SignalRefused {
  const { intents, refusals } = route(world)
  if (intents.length !== 0 || refusals.length !== 1)
    throw new Error(`expected one refusal, was ${JSON.stringify({ intents, refusals })}`)
  return refusals[0]!
}
