// What the simulated venue says about its symbols. The four built-in ones follow Binance's public USD-M tables in kind and
// size; they are a plausible venue, not a copy of today's one. Anything else is inferred from its prices and marked so.
import type { Environment, InstrumentState, LeverageBracket } from '../../../schemas/types.gen.ts'
import { invariant } from '../../../topologies/kernel/invariant.ts'
import { decimalText, exact } from '../../../schemas/decimal.ts'

const EIGHT_HOURS_MS = 8 * 3_600_000

/** Cap of the notional in USD, largest leverage, maintenance rate. */
type Tier = readonly [cap: number, leverage: number, rate: string]

const deepTiers: readonly Tier[] = [
  [50_000, 125, '0.004'],
  [600_000, 100, '0.005'],
  [3_000_000, 75, '0.0065'],
  [12_000_000, 50, '0.01'],
  [70_000_000, 25, '0.02'],
  [100_000_000, 20, '0.025'],
  [230_000_000, 10, '0.05'],
  [480_000_000, 5, '0.1'],
  [600_000_000, 4, '0.125'],
  [800_000_000, 3, '0.15'],
  [1_200_000_000, 2, '0.25'],
  [1_800_000_000, 1, '0.5'],
]

const middleTiers: readonly Tier[] = [
  [10_000, 75, '0.006'],
  [50_000, 50, '0.01'],
  [250_000, 40, '0.015'],
  [1_500_000, 25, '0.02'],
  [6_000_000, 20, '0.025'],
  [15_000_000, 10, '0.05'],
  [30_000_000, 5, '0.1'],
  [37_500_000, 4, '0.125'],
  [75_000_000, 2, '0.25'],
  [150_000_000, 1, '0.5'],
]

/** For symbols of which nothing is known but their prices. */
const cautiousTiers: readonly Tier[] = [
  [50_000, 20, '0.025'],
  [500_000, 10, '0.05'],
  [2_000_000, 5, '0.1'],
  [10_000_000, 1, '0.5'],
]

type Filters = Pick<
  InstrumentState,
  | 'symbol'
  | 'base_asset'
  | 'tick_size'
  | 'step_size'
  | 'min_quantity'
  | 'max_quantity'
  | 'market_max_quantity'
  | 'min_notional_usd'
  | 'price_band_fraction'
  | 'liquidation_fee_rate'
>

const builtIn: readonly { filters: Filters; tiers: readonly Tier[] }[] = [
  {
    filters: {
      ...{ symbol: 'BTCUSDT', base_asset: 'BTC', tick_size: '0.1', step_size: '0.001' },
      ...{ min_quantity: '0.001', max_quantity: '1000', market_max_quantity: '120' },
      ...{ min_notional_usd: '100', price_band_fraction: 0.05, liquidation_fee_rate: '0.0125' },
    },
    tiers: deepTiers,
  },
  {
    filters: {
      ...{ symbol: 'ETHUSDT', base_asset: 'ETH', tick_size: '0.01', step_size: '0.001' },
      ...{ min_quantity: '0.001', max_quantity: '10000', market_max_quantity: '2000' },
      ...{ min_notional_usd: '20', price_band_fraction: 0.05, liquidation_fee_rate: '0.0125' },
    },
    tiers: deepTiers,
  },
  {
    filters: {
      ...{ symbol: 'SOLUSDT', base_asset: 'SOL', tick_size: '0.01', step_size: '0.01' },
      ...{ min_quantity: '0.01', max_quantity: '1000000', market_max_quantity: '80000' },
      ...{ min_notional_usd: '5', price_band_fraction: 0.05, liquidation_fee_rate: '0.015' },
    },
    tiers: middleTiers,
  },
  {
    filters: {
      ...{ symbol: '1000PEPEUSDT', base_asset: '1000PEPE', tick_size: '0.0000001', step_size: '1' },
      ...{ min_quantity: '1', max_quantity: '600000000', market_max_quantity: '30000000' },
      ...{ min_notional_usd: '5', price_band_fraction: 0.1, liquidation_fee_rate: '0.015' },
    },
    tiers: middleTiers,
  },
]

/** BTCUSDT, ETHUSDT, SOLUSDT and 1000PEPEUSDT as the venue lists them. */
export function builtInInstruments(
  venue: string,
  environment: Environment,
  observedAtMs: number,
): InstrumentState[] {
  return builtIn.map(({ filters, tiers }) => ({
    ...common(venue, environment, observedAtMs),
    ...filters,
    quote_asset: 'USDT',
    brackets: bracketsOf(tiers),
    inferred: false,
  }))
}

/**
 * An instrument for a symbol that came with prices and without filters. The tick is the finest decimal place among the
 * prices, the step is worth about a tenth of a USD to one USD, the brackets are cautious. Marked as inferred. Throws
 * when there is no price above 0 to infer from.
 */
export function inferInstrument(
  symbol: string,
  prices: readonly number[],
  venue: string,
  environment: Environment,
  observedAtMs = 0,
): InstrumentState {
  const usable = prices.filter((price) => price > 0 && Number.isFinite(price))
  const highest = usable.reduce((most, price) => Math.max(most, price), 0)
  invariant(highest > 0, `${symbol}: expected prices above 0 to infer a tick from, was none`)
  // More places than Binance ever lists are the leftovers of somebody’s arithmetic.
  const finest = usable.reduce((most, price) => Math.max(most, exact(price).decimalPlaces()), 0)
  const places = Math.min(finest, 8)
  const step = decimalText(exact(10).pow(-Math.ceil(Math.log10(highest))))
  const quote = /(USDT|USDC|BUSD|USD|EUR)(_PERP)?$/.exec(symbol)?.[1] ?? ''
  const base = quote === '' ? symbol : symbol.slice(0, symbol.lastIndexOf(quote))
  return {
    ...common(venue, environment, observedAtMs),
    symbol,
    base_asset: base,
    quote_asset: quote === '' ? 'USDT' : quote,
    tick_size: decimalText(exact(10).pow(-places)),
    step_size: step,
    min_quantity: step,
    max_quantity: decimalText(exact(step).times(100_000_000)),
    market_max_quantity: decimalText(exact(step).times(20_000_000)),
    min_notional_usd: '5',
    price_band_fraction: 0.1,
    liquidation_fee_rate: '0.015',
    brackets: bracketsOf(cautiousTiers),
    inferred: true,
  }
}

/** Maintenance amounts follow from the rates: each makes the margin continuous where its bracket begins. */
export function bracketsOf(tiers: readonly Tier[]): LeverageBracket[] {
  let floor = 0
  let rateBefore = exact(0)
  let amount = exact(0)
  return tiers.map(([cap, leverage, rate]) => {
    if (floor > 0) amount = amount.plus(exact(floor).times(exact(rate).minus(rateBefore)))
    const bracket: LeverageBracket = {
      notional_floor_usd: String(floor),
      notional_cap_usd: String(cap),
      max_leverage: leverage,
      maintenance_rate: rate,
      maintenance_amount_usd: decimalText(amount),
    }
    floor = cap
    rateBefore = exact(rate)
    return bracket
  })
}

function common(
  venue: string,
  environment: Environment,
  observedAtMs: number,
): Pick<
  InstrumentState,
  | 'venue'
  | 'environment'
  | 'status'
  | 'taker_fee_rate'
  | 'maker_fee_rate'
  | 'funding_interval_ms'
  | 'observed_at_ms'
> {
  return {
    venue,
    environment,
    status: 'TRADING',
    taker_fee_rate: '0.0005',
    maker_fee_rate: '0.0002',
    funding_interval_ms: EIGHT_HOURS_MS,
    observed_at_ms: observedAtMs,
  }
}
