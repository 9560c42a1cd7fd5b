// What is remembered of one group's lag in one partition, and what of it is wrong. Each limit has to be passed for a
// while, and an alert ends well below it, so that none comes and goes. What is unknown ends nothing.
import type { Config } from '../../schemas/config.ts'
import {
  exchangeTick,
  exitSignal,
  orderCommand,
  orderReport,
  positionState,
  priceUpdate,
} from '../../schemas/topics.ts'
import type { ConsumerLagChangelog, TopicObserved } from '../../schemas/types.gen.ts'
import { isOpen } from './open-alerts.ts'
import type { Cause } from './open-alerts.ts'

type State = ConsumerLagChangelog

/** A position is closed through these: prices that ask for it, the exit, its order, what the venue says. */
const wayOut: ReadonlySet<string> = new Set<string>(
  [exchangeTick, priceUpdate, positionState, exitSignal, orderCommand, orderReport].map(
    (topic) => topic.name,
  ),
)

/** A group that stood is at work again after so many observations in a row in which it moved. */
const movesAgain = 3

/** Time between two observations that can be seen: no limit is finer than that. */
export const looksMs = (config: Config): number =>
  Math.max(config.watch.observe_ms, config.clock_ms)

export const subjectOf = ({ group, topic, partition }: State): string =>
  `${group}|${topic}|${partition === -1 ? 'all' : String(partition)}`

/** Whether there is anything to watch: records wait, were lost, or nobody knows. */
export const isBehind = (seen: TopicObserved): boolean =>
  !isKnown(seen) || seen.lag !== 0 || lostOf(seen) > 0

const isKnown = ({ lag, lag_known }: TopicObserved): boolean => lag_known && lag !== null

/** A lag larger than what is retained is loss, whatever was counted. */
const lostOf = ({ lag, trimmed_unread, first_offset, end_offset }: TopicObserved): number =>
  Math.max(trimmed_unread, (lag ?? 0) - (end_offset - first_offset), 0)

/**
 * Takes in an observation. After a gap, for example a stop of the system, no time from before counts: everybody gets the
 * same time again. What is open stays open.
 */
export function noteLag(state: State, seen: TopicObserved, config: Config): void {
  const { lag, at_ms, end_offset } = seen
  const isAnew = at_ms - state.observed_at_ms > 3 * looksMs(config)
  const since = (sinceMs: number | null): number => (isAnew ? at_ms : (sinceMs ?? at_ms))
  state.observed_at_ms = at_ms
  state.silent_since_ms = null
  state.unknown_since_ms = isKnown(seen) ? null : since(state.unknown_since_ms)
  if (lag === null || !seen.lag_known) return
  state.high_since_ms = isHigh(seen, config, 1) ? since(state.high_since_ms) : null
  const position = seen.committed_offset ?? end_offset - lag
  const moved = state.position === null || position > state.position
  state.position = position
  state.moves = moved ? Math.min(state.moves + 1, movesAgain) : 0
  if (isAnew || moved || lag === 0) {
    state.stands_since_ms = at_ms
    state.stands_lag = lag
    state.stands_end_offset = end_offset
  }
  const isFlat = isAnew || lag <= config.watch.lag_floor
  if (isFlat || lag < state.last_lag) {
    state.rising_since_ms = at_ms
    state.rising_lag = lag
  }
  if (isFlat || lag > state.peak_lag) {
    state.peak_at_ms = at_ms
    state.peak_lag = lag
  }
  state.last_lag = lag
}

/** Whether the lag is above the limits times `factor`, in records or in time. */
function isHigh({ lag, lag_ms }: TopicObserved, { watch }: Config, factor: number): boolean {
  return (lag ?? 0) > watch.max_lag * factor || (lag_ms ?? 0) > watch.max_lag_ms * factor
}

/** Everything that is wrong now, and what was and is not well again yet. */
export function lagCauses(state: State, seen: TopicObserved, config: Config): Cause[] {
  const subject = subjectOf(state)
  const severity = wayOut.has(state.topic) ? 'CRITICAL' : 'WARNING'
  const causes: Cause[] = []
  const judge = (
    kind: Cause['kind'],
    isWrong: (open: boolean) => boolean,
    detail: () => string,
    least: Cause['severity'] = severity,
  ): void => {
    const open = isOpen(state.alerts, kind, subject)
    // While nobody knows the lag nothing can be said of it: what is open stays open, and nothing else opens.
    if (kind !== 'LAG_UNKNOWN' && !isKnown(seen) ? open : isWrong(open))
      causes.push({ kind, severity: least, subject, detail: detail() })
  }
  judge(
    'DATA_LOSS',
    () => lostOf(seen) > 0,
    () => `${String(lostOf(seen))} records were removed unread`,
    'CRITICAL',
  )
  judge(
    'LAG_UNKNOWN',
    (open) => isUnknown(state, config, open),
    () => unknownWords(state, config),
  )
  judge(
    'LAG_HIGH',
    (open) => isTooHigh(state, seen, config, open),
    () => highWords(state, seen, config),
  )
  judge(
    'LAG_GROWING',
    (open) => isGrowing(state, config, open),
    () => growingWords(state),
  )
  judge(
    'LAG_STUCK',
    (open) => isStuck(state, seen, config, open),
    () => stuckWords(state, seen),
    'CRITICAL',
  )
  return causes
}

function isUnknown(state: State, { watch }: Config, open: boolean): boolean {
  const { unknown_since_ms: sinceMs, observed_at_ms } = state
  return sinceMs !== null && (open || observed_at_ms - sinceMs >= watch.lag_unknown_ms)
}

function isTooHigh(state: State, seen: TopicObserved, config: Config, open: boolean): boolean {
  if (open) return isHigh(seen, config, 0.5)
  const { high_since_ms: sinceMs, observed_at_ms } = state
  return sinceMs !== null && observed_at_ms - sinceMs >= config.watch.lag_grace_ms
}

/** It has not fallen for the window and rose by more than the floor; well again once it makes no new height for as long. */
function isGrowing(state: State, { watch }: Config, open: boolean): boolean {
  const { last_lag, rising_lag, rising_since_ms, peak_at_ms, observed_at_ms } = state
  if (last_lag <= watch.lag_floor) return false
  if (open) return observed_at_ms - peak_at_ms < watch.growth_window_ms
  return (
    observed_at_ms - rising_since_ms >= watch.growth_window_ms &&
    last_lag - rising_lag > watch.lag_floor
  )
}

/**
 * Its position stands for the window although records wait. That there is a lag does not say that records wait: it may
 * count markers of transactions. That one is known to wait says it, and so does new input, and a lag above the floor.
 */
function isStuck(state: State, seen: TopicObserved, { watch }: Config, open: boolean): boolean {
  const { moves, last_lag, stands_since_ms, stands_end_offset, observed_at_ms } = state
  if (last_lag === 0) return false
  if (open) return moves < movesAgain
  const waits =
    seen.lag_ms !== null || seen.end_offset > stands_end_offset || last_lag > watch.lag_floor
  return waits && observed_at_ms - stands_since_ms >= watch.growth_window_ms
}

const ms = (time: number): string => `${String(time)} ms`

function unknownWords({ observed_at_ms, unknown_since_ms }: State, { watch }: Config): string {
  const forMs = observed_at_ms - (unknown_since_ms ?? observed_at_ms)
  return `expected to be known within ${ms(watch.lag_unknown_ms)}, was unknown for ${ms(forMs)}`
}

function highWords(state: State, { lag, lag_ms }: TopicObserved, { watch }: Config): string {
  const age = lag_ms === null ? 'of unknown age' : `the oldest ${ms(lag_ms)} old`
  const forMs = state.observed_at_ms - (state.high_since_ms ?? state.observed_at_ms)
  return `expected at most ${String(watch.max_lag)} records and ${ms(watch.max_lag_ms)}, was ${String(lag)} records, ${age}, for ${ms(forMs)}`
}

function growingWords({ observed_at_ms, rising_since_ms, rising_lag, last_lag }: State): string {
  return `grew from ${String(rising_lag)} to ${String(last_lag)} records in ${ms(observed_at_ms - rising_since_ms)}`
}

function stuckWords(state: State, { end_offset }: TopicObserved): string {
  const { observed_at_ms, stands_since_ms, stands_end_offset, stands_lag, last_lag } = state
  const input = `${String(end_offset - stands_end_offset)} records came`
  return `nothing processed for ${ms(observed_at_ms - stands_since_ms)} at offset ${String(state.position)}, ${input}, lag from ${String(stands_lag)} to ${String(last_lag)}`
}
