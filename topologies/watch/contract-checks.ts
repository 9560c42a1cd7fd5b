// What the contract check asks of processors and topics, one function for each kind of question.
// Nothing here writes; times are the heartbeats' own, so that a break of the watch accuses nobody.
import type { Config } from '../../schemas/config.ts'
import type {
  ContractCheckChangelog,
  ContractReport,
  SeenProcessor,
  TopicObserved,
  TopologyHeartbeat,
} from '../../schemas/types.gen.ts'
import { isOpen } from './open-alerts.ts'
import type { Cause } from './open-alerts.ts'
import { unbrokenAgeMs } from './unbroken.ts'

type State = ContractCheckChangelog

/** The state of these ends with the positions they watch: while one has keys, its silence is critical. */
const positionWatchers = new Set(['exit-brain', 'naked-position', 'position-keeper'])

const maxRestarts = 5
const restartWindowMs = 600_000

/** One thing that holds or does not. */
export interface Check extends Pick<ContractReport, 'item' | 'check' | 'ok' | 'detail'> {
  /** The alert while it does not hold; reports alone have none. */
  readonly cause: Omit<Cause, 'detail'>
}

/** Time between two signs of life that can be seen: no clock is finer than its tick. */
export const beatMs = (config: Config): number =>
  Math.max(config.watch.heartbeat_ms, config.clock_ms)

export function noteHeartbeat(state: State, beat: TopologyHeartbeat): void {
  const { processor, sub_topology, partition, at_ms, started_at_ms } = beat
  const { live_keys, last_input_at_ms } = beat
  const task = { processor, sub_topology, partition, started_at_ms }
  const now = { ...task, at_ms, live_keys, last_input_at_ms }
  const i = state.processors.findIndex(
    (seen) => seen.processor === processor && seen.partition === partition,
  )
  const before = state.processors[i]
  if (before === undefined) {
    state.processors.push({ ...now, restarts: 0, restarts_since_ms: at_ms })
    state.settled = false
    return
  }
  const again = at_ms - before.restarts_since_ms > restartWindowMs
  const restarted = started_at_ms !== before.started_at_ms && before.started_at_ms > 0
  state.processors[i] = {
    ...now,
    restarts: (again ? 0 : before.restarts) + (restarted ? 1 : 0),
    restarts_since_ms: again ? at_ms : before.restarts_since_ms,
  }
}

/** Takes in an observation. True when it changed the state. */
export function noteTopic(state: State, { topic, declared, at_ms }: TopicObserved): boolean {
  const known = state.topics.find((seen) => seen.topic === topic)
  if (known?.declared === true && declared) return false
  if (known?.declared !== declared) state.settled = false
  if (known === undefined) state.topics.push({ topic, declared, seen_at_ms: at_ms })
  else Object.assign(known, { declared, seen_at_ms: at_ms })
  return true
}

/** Forgets what is not declared and has not been seen for a while, once that has been said. */
export function forgetGone(
  state: State,
  expected: readonly string[],
  config: Config,
  nowMs: number,
): void {
  const isRecent = (atMs: number): boolean =>
    unbrokenAgeMs(state, atMs, nowMs) <= 3 * beatMs(config)
  state.processors = state.processors.filter(
    (seen) => expected.includes(seen.processor) || isRecent(seen.at_ms),
  )
  state.topics = state.topics.filter((seen) => seen.declared || isRecent(seen.seen_at_ms))
}

/** The cheap question of every clock tick: does everybody give signs of life and of work? */
export function allProgress(
  state: State,
  expected: readonly string[],
  config: Config,
  nowMs: number,
): boolean {
  const limitMs = 3 * beatMs(config)
  if (!expected.every((name) => state.processors.some((seen) => seen.processor === name)))
    return false
  return state.processors.every(
    (seen) =>
      unbrokenAgeMs(state, seen.at_ms, nowMs) <= limitMs &&
      !isBlind(state, seen, config) &&
      !isLooping(seen, nowMs),
  )
}

function isBlind(state: State, seen: SeenProcessor, config: Config): boolean {
  if (seen.processor !== 'exit-brain' || seen.live_keys === 0) return false
  return idleMs(state, seen) > blindAfterMs(config)
}

const blindAfterMs = (config: Config): number =>
  Math.max(config.watch.growth_window_ms, 3 * beatMs(config))

function idleMs(state: State, seen: SeenProcessor): number {
  const open = isOpen(state.alerts, 'EXIT_SILENT', taskOf(seen))
  return unbrokenAgeMs(state, seen.last_input_at_ms ?? seen.started_at_ms, seen.at_ms, open)
}

const taskOf = ({ processor, partition }: SeenProcessor): string =>
  `${processor} partition ${String(partition)}`

const isLooping = (seen: SeenProcessor, nowMs: number): boolean =>
  seen.restarts >= maxRestarts && nowMs - seen.restarts_since_ms <= restartWindowMs

/** Everything that can be said now about processors and topics; what it is too early to say is left out. */
export function checksOf(
  state: State,
  expected: { readonly processors: readonly string[]; readonly topics: readonly string[] },
  config: Config,
  nowMs: number,
): Check[] {
  return [
    ...expected.processors.flatMap((name) => aliveCheck(state, name, config, nowMs) ?? []),
    ...state.processors.map((seen) => inputCheck(state, seen, config)),
    ...restartChecks(state, nowMs),
    ...strangers(state, expected.processors, config, nowMs),
    ...topicChecks(state, expected.topics, config, nowMs),
  ]
}

/** Whether a declared processor gave a sign of life lately in each of its tasks; null while it is too early to say. */
function aliveCheck(state: State, name: string, config: Config, nowMs: number): Check | null {
  const limitMs = 3 * beatMs(config)
  const open = isOpen(state.alerts, 'MISSING_HEARTBEAT', name)
  const seen = state.processors.filter((task) => task.processor === name)
  const silent = seen.filter((task) => unbrokenAgeMs(state, task.at_ms, nowMs, open) > limitMs)
  const never = seen.length === 0
  if (never && unbrokenAgeMs(state, null, nowMs, open) <= limitMs) return null
  const watching = positionWatchers.has(name) && seen.some((task) => task.live_keys > 0)
  const was = never
    ? 'none'
    : silent
        .map((t) => `partition ${String(t.partition)} silent since ${String(t.at_ms)} ms`)
        .join(', ')
  return {
    item: `processor ${name}`,
    check: 'PROCESSOR_ALIVE',
    ok: !never && silent.length === 0,
    detail: was === '' ? 'alive' : `expected a heartbeat within ${String(limitMs)} ms, was ${was}`,
    cause: {
      kind: 'MISSING_HEARTBEAT',
      severity: watching ? 'CRITICAL' : 'WARNING',
      subject: name,
    },
  }
}

/** A heartbeat is no proof of work: a watcher of positions must also take in prices. */
function inputCheck(state: State, seen: SeenProcessor, config: Config): Check {
  const task = taskOf(seen)
  const blind = isBlind(state, seen, config)
  return {
    item: `input of ${task}`,
    check: 'EVIDENCE',
    ok: !blind,
    detail: blind
      ? `watches ${String(seen.live_keys)} positions: expected a price within ${String(blindAfterMs(config))} ms, was none for ${String(idleMs(state, seen))} ms`
      : 'takes in records',
    cause: { kind: 'EXIT_SILENT', severity: 'CRITICAL', subject: task },
  }
}

/** No task may start over and over. The processors of a sub-topology start together, so it is asked once for all of them. */
function restartChecks(state: State, nowMs: number): Check[] {
  const names = new Set(state.processors.map((seen) => seen.sub_topology))
  return [...names].map((name) => {
    const subject = `sub-topology ${name}`
    const worst = state.processors
      .filter((seen) => seen.sub_topology === name && isLooping(seen, nowMs))
      .sort((a, b) => b.restarts - a.restarts)[0]
    return {
      item: `restarts of ${subject}`,
      check: 'EVIDENCE',
      ok: worst === undefined,
      detail:
        worst === undefined
          ? 'stays up'
          : `expected fewer than ${String(maxRestarts)} restarts in ${String(restartWindowMs)} ms, was ${String(worst.restarts)} (${taskOf(worst)})`,
      cause: { kind: 'SUPERVISION', severity: 'CRITICAL', subject },
    }
  })
}

/** Processors that give signs of life and are not declared. */
function strangers(
  state: State,
  expected: readonly string[],
  config: Config,
  nowMs: number,
): Check[] {
  return state.processors
    .filter((seen) => !expected.includes(seen.processor))
    .map((seen) => ({
      item: `processor ${seen.processor}`,
      check: 'PROCESSOR_ALIVE',
      ok: unbrokenAgeMs(state, seen.at_ms, nowMs) > 3 * beatMs(config),
      detail: 'expected no such processor in this topology, was a heartbeat',
      cause: { kind: 'CONTRACT', severity: 'WARNING', subject: `processor ${seen.processor}` },
    }))
}

function topicChecks(
  state: State,
  expected: readonly string[],
  config: Config,
  nowMs: number,
): Check[] {
  const seen = state.topics.map<Check>(({ topic, declared, seen_at_ms }) => {
    const gone = !declared && unbrokenAgeMs(state, seen_at_ms, nowMs) > 3 * beatMs(config)
    const undeclared = 'expected a declared topic, was unknown to the topology'
    return {
      item: `topic ${topic}`,
      check: 'TOPIC_DECLARED',
      ok: declared || gone,
      detail: declared ? 'declared and present' : gone ? 'no longer seen' : undeclared,
      cause: { kind: 'CONTRACT', severity: 'WARNING', subject: `topic ${topic}` },
    }
  })
  const isLate = unbrokenAgeMs(state, null, nowMs) > config.watch.growth_window_ms
  const names = new Set(state.topics.map(({ topic }) => topic))
  // Without any observation the runtime observes nothing: that is the freshness watch's to say.
  const absent = (state.topics.length === 0 ? [] : expected)
    .filter((name) => !names.has(name))
    .filter((name) => isLate || isOpen(state.alerts, 'CONTRACT', `topic ${name}`))
    .map<Check>((name) => ({
      item: `topic ${name}`,
      check: 'TOPIC_PRESENT',
      ok: false,
      detail: `expected to be observed within ${String(config.watch.growth_window_ms)} ms, was absent`,
      cause: { kind: 'CONTRACT', severity: 'WARNING', subject: `topic ${name}` },
    }))
  return [...seen, ...absent]
}

/** Whether a check says something else than its last report; notes that it does. What always held in evidence is no news. */
export function isNews(state: State, { item, check, ok }: Check): boolean {
  const last = state.items.find((reported) => reported.item === item)
  if (last === undefined) {
    if (check === 'EVIDENCE' && ok) return false
    state.items.push({ item, ok })
    return true
  }
  if (last.ok === ok) return false
  last.ok = ok
  return true
}
