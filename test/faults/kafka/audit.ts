// What must hold of everything that a witness has seen: each tick's effect once, in every result and in the state. Pure: it
// names what is wrong, key by key.
import { accountOf, gatewayGroup, isExit, isSaidTwice, kept } from './topology.ts'
import type { Offsets, Seen } from './witness.ts'

export type SeenByTopic = ReadonlyMap<string, readonly Seen[]>

/** Topics that are watched, with the fields that the audit is made from. */
export const watched = {
  'exchange.tick': ['sequence'],
  'market.bar': ['update_count', 'trade_count'],
  'trade.intent': ['intent_id', 'correlation_id'],
  'exit.signal': ['exit_id', 'correlation_id'],
  'order.command': ['parent_id', 'horizon_ms', 'command_id', 'client_order_id'],
  'order.report': ['parent_id', 'venue_sequence'],
  'execution.result': ['subject_id', 'status', 'gate_ms', 'result_id'],
  [kept.tally.name]: ['detail'],
  [kept.gates.name]: ['position_id'],
  [kept.seen.name]: ['at_ms'],
  'market.checkpoint': ['positions', 'steps', 'log_id'],
  'account.checkpoint': ['positions', 'steps', 'log_id'],
  'connector.notes': ['name', 'value'],
  'dead.letter': ['topic', 'detail'],
  'ops.alert': ['alert_id', 'state', 'detail'],
} satisfies Record<string, readonly string[]>

/** Most faults that are named of one kind: the first ones tell. */
const mostNamed = 5

export interface Counts {
  readonly ticks: number
  readonly bars: number
  /** Distinct intents and exits. */
  readonly decisions: number
  readonly commands: number
  readonly refusals: number
  readonly reports: number
  readonly fills: number
}

export function countsOf(seen: SeenByTopic): Counts {
  const results = seen.get('execution.result')!
  const refusals = results.filter(({ fields }) => fields?.[1] === 'REFUSED').length
  return {
    ticks: seen.get('exchange.tick')!.length,
    bars: seen.get('market.bar')!.length,
    decisions: decided(seen).size,
    commands: seen.get('order.command')!.length,
    refusals,
    reports: seen.get('order.report')!.length,
    fills: results.length - refusals,
  }
}

/** Whether everything that was put in has come out at the far end, whatever else may be wrong. */
export function isThrough(seen: SeenByTopic, hasGateway: boolean): boolean {
  const { ticks, bars, decisions, commands, refusals, reports, fills } = countsOf(seen)
  if (bars < ticks || decisions < bars || commands + refusals < decisions) return false
  return !hasGateway || (reports >= commands && fills >= reports)
}

/** What may never be seen, at no moment: a gap, a repeat, another order. */
export function faultsAtAnyMoment(seen: SeenByTopic): string[] {
  return [
    ...repeats(seen, 'exchange.tick', (one) => `${String(one.fields![0])}`),
    ...barFaults(seen),
    ...decisionFaults(seen),
    ...repeats(seen, 'order.command', (one) => `parent ${String(one.fields![0])}`),
    ...repeats(seen, 'order.command', (one) => `command id ${String(one.fields![2])}`),
    ...repeats(seen, 'order.command', (one) => `client id ${String(one.fields![3])}`),
    ...repeats(seen, 'order.report', (one) => `parent ${String(one.fields![0])}`),
    ...repeats(seen, 'order.report', (one) => `count ${String(one.fields![1])}`),
    ...repeats(seen, 'execution.result', (one) => `${one.fields!.slice(0, 2).join(' ')}`),
    ...repeats(seen, 'execution.result', (one) => `result id ${String(one.fields![3])}`),
    ...rankFaults(seen),
    ...pastFaults(seen, 'market.checkpoint'),
    ...pastFaults(seen, 'account.checkpoint'),
    ...seen.get('dead.letter')!.map(({ fields }) => `dead letter: ${JSON.stringify(fields)}`),
  ]
}

/** What must hold besides, once everything is through. */
export function faultsAtRest(seen: SeenByTopic, hasGateway: boolean): string[] {
  const counts = countsOf(seen)
  const bySymbol = Map.groupBy(seen.get('exchange.tick')!, ({ key }) => key)
  const expected = new Map([...bySymbol].map(([symbol, ticks]) => [symbol, ticks.length]))
  const decisions = new Map(
    [...expected].map(([symbol, n]) => [`${accountOf(symbol)}|${symbol}`, n]),
  )
  const told = seen
    .get('connector.notes')!
    .filter(({ key }) => key === `${gatewayGroup}|count`)
    .at(-1)
  return [
    ...unequal('bars', counts.bars, counts.ticks),
    ...unequal('intents and exits', counts.decisions, counts.ticks),
    ...unequal('commands and refusals', counts.commands + counts.refusals, counts.decisions),
    ...stateFaults(seen, kept.tally.name, expected),
    ...stateFaults(seen, kept.gates.name, decisions),
    ...unequal('entries of the ledger', lastOf(seen, kept.seen.name).size, counts.decisions),
    ...(hasGateway
      ? [
          ...unequal('reports', counts.reports, counts.commands),
          ...unequal('results of reports', counts.fills, counts.reports),
          ...unequal('the connector’s note', Number(told?.fields?.[1] ?? 0), counts.reports),
        ]
      : []),
  ]
}

/** Committed offsets, ends and checkpoints of groups that have nothing to do. */
export function offsetFaults(
  seen: SeenByTopic,
  { committed, ends }: Offsets,
  inputs: ReadonlyMap<string, readonly string[]>,
): string[] {
  const faults: string[] = []
  for (const [group, topics] of inputs)
    for (const [place, { stable, high }] of ends) {
      const [topic = '', partition = ''] = place.split(' ')
      if (!topics.includes(topic)) continue
      const at = committed.get(group)?.get(place) ?? 0
      if (stable !== high) faults.push(`${place}: undecided records, ${stable} of ${high}`)
      if (at !== high) faults.push(`${group} ${place}: committed ${at}, end ${high}`)
      if (!group.startsWith('faulty.')) continue
      const written = lastPosition(seen, group.slice('faulty.'.length), topic, Number(partition))
      if (written !== at) faults.push(`${group} ${place}: committed ${at}, checkpoint ${written}`)
    }
  return faults
}

function repeats(seen: SeenByTopic, topic: string, nameOf: (one: Seen) => string): string[] {
  const names = new Set<string>()
  const twice: string[] = []
  for (const one of seen.get(topic)!) {
    const name = nameOf(one)
    if (names.has(name)) twice.push(`${topic}: ${name} of ${one.key} twice (offset ${one.offset})`)
    names.add(name)
  }
  return named(twice)
}

function barFaults(seen: SeenByTopic): string[] {
  const ticks = Map.groupBy(seen.get('exchange.tick')!, ({ key }) => key)
  const bars = Map.groupBy(seen.get('market.bar')!, ({ key }) => key)
  return named(
    [...bars].flatMap(([symbol, own]) =>
      own.flatMap(({ fields, offset }, i) => {
        const tick = ticks.get(symbol)?.[i]
        const wanted = [i + 1, tick?.fields?.[0]]
        const isRight = fields![0] === wanted[0] && (tick === undefined || fields![1] === wanted[1])
        return isRight
          ? []
          : [
              `market.bar: ${symbol} offset ${offset}, expected ${wanted.join(' of ')}, was ${fields!.join(' of ')}`,
            ]
      }),
    ),
  )
}

/** Intents and exits of each symbol follow its bars, those that are said twice included. */
function decisionFaults(seen: SeenByTopic): string[] {
  return (['trade.intent', 'exit.signal'] as const).flatMap((topic) => {
    const bySymbol = Map.groupBy(seen.get(topic)!, ({ key }) => key.split('|')[1]!)
    return named(
      [...bySymbol].flatMap(([symbol, own]) => {
        const expected = expectedRanks(topic === 'exit.signal', own.length)
        const wrong = own.findIndex(
          ({ fields }, i) => fields![1] !== `${symbol}#${String(expected[i])}`,
        )
        return wrong < 0
          ? []
          : [
              `${topic}: ${symbol} offset ${own[wrong]!.offset}, expected #${expected[wrong]}, was ${String(own[wrong]!.fields![1])}`,
            ]
      }),
    )
  })
}

function expectedRanks(exits: boolean, length: number): number[] {
  const ranks: number[] = []
  for (let n = 1; ranks.length < length; n++)
    if (isExit(n) === exits) ranks.push(...(isSaidTwice(n) ? [n, n] : [n]))
  return ranks
}

function decided(seen: SeenByTopic): Set<string> {
  const all = [...seen.get('trade.intent')!, ...seen.get('exit.signal')!]
  return new Set(all.map(({ fields }) => String(fields![0])))
}

/** The gates count every decision of a leg: commands rise by their count, and none has another's. */
function rankFaults(seen: SeenByTopic): string[] {
  const byLeg = Map.groupBy(seen.get('order.command')!, ({ key }) => key)
  const refused = seen.get('execution.result')!.filter(({ fields }) => fields![1] === 'REFUSED')
  const refusedByLeg = Map.groupBy(refused, ({ key }) => key)
  return named(
    [...byLeg].flatMap(([leg, commands]) => {
      const own = commands.map(({ fields }) => Number(fields![1]))
      const others = (refusedByLeg.get(leg) ?? []).map(({ fields }) => Number(fields![2]))
      const isRising = own.every((rank, i) => i === 0 || rank > own[i - 1]!)
      const isDistinct = new Set([...own, ...others]).size === own.length + others.length
      return isRising && isDistinct ? [] : [`order.command: the counts of ${leg} repeat`]
    }),
  )
}

interface Step {
  readonly tick_at_ms: number | null
  readonly topic: string | null
  readonly from_offset: number
  readonly next_offset: number
}

/** A task's checkpoints are its past: no tick twice, and no input range, unless topics were made anew in between. */
function pastFaults(seen: SeenByTopic, topic: string): string[] {
  return [...Map.groupBy(seen.get(topic)!, ({ partition }) => partition)].flatMap(
    ([partition, checkpoints]) => {
      const next = new Map<string, number>()
      let tickAtMs = -Infinity
      const faults: string[] = []
      let logId: unknown = null
      for (const { fields, offset } of checkpoints) {
        if (fields![2] !== logId) next.clear()
        logId = fields![2]
        for (const step of fields![1] as readonly Step[]) {
          const where = `${topic}/${partition} offset ${offset}`
          if (step.topic === null) {
            if (step.tick_at_ms! <= tickAtMs) faults.push(`${where}: tick ${step.tick_at_ms} again`)
            tickAtMs = step.tick_at_ms!
          } else {
            if (step.from_offset < (next.get(step.topic) ?? 0))
              faults.push(`${where}: ${step.topic} from ${step.from_offset} again`)
            next.set(step.topic, step.next_offset)
          }
        }
      }
      return named(faults)
    },
  )
}

function lastOf(seen: SeenByTopic, topic: string): Map<string, Seen> {
  const last = new Map<string, Seen>()
  for (const one of seen.get(topic)!)
    if (one.fields === null) last.delete(one.key)
    else last.set(one.key, one)
  return last
}

function stateFaults(
  seen: SeenByTopic,
  topic: string,
  expected: ReadonlyMap<string, number>,
): string[] {
  const last = lastOf(seen, topic)
  const keys = new Set([...last.keys(), ...expected.keys()])
  return named(
    [...keys].flatMap((key) =>
      unequal(
        `state ${topic} of ${key}`,
        Number(last.get(key)?.fields?.[0] ?? 0),
        expected.get(key) ?? 0,
      ),
    ),
  )
}

function lastPosition(seen: SeenByTopic, sub: string, topic: string, partition: number): number {
  const checkpoints = seen.get(`${sub}.checkpoint`)!.filter((one) => one.partition === partition)
  type Position = { topic: string; next_offset: number }
  const positions = (checkpoints.at(-1)?.fields?.[0] ?? []) as readonly Position[]
  return positions.find((one) => one.topic === topic)?.next_offset ?? 0
}

const unequal = (what: string, was: number, wanted: number): string[] =>
  was === wanted ? [] : [`${what}: expected ${wanted}, was ${was}`]

const named = (faults: readonly string[]): string[] =>
  faults.length <= mostNamed
    ? [...faults]
    : [...faults.slice(0, mostNamed), `and ${faults.length - mostNamed} more of the kind`]
