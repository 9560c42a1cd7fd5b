// Everything that belongs to one id, from the tick and the votes to PnL and reward, in the order in which it happened.
import {
  aiSignalGenerated,
  executionResult,
  exitLevelChanged,
  exitSignal,
  exitbrainPnl,
  marketBar,
  orderCommand,
  orderReport,
  positionFlattened,
  priceUpdate,
  rlFeedback,
  rlShadow,
  signalRefused,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { AiSignalGenerated } from '../../schemas/types.gen.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'

/** Topics of a trade in flow order, all of which carry its correlation id. */
const tradeTopics: readonly Topic[] = [
  aiSignalGenerated,
  signalRefused,
  tradeIntent,
  rlShadow,
  exitSignal,
  orderCommand,
  orderReport,
  executionResult,
  exitLevelChanged,
  positionFlattened,
  tradeClosed,
  exitbrainPnl,
  rlFeedback,
]

/** Fields by which people know a record of a trade. */
const idFields = [
  'correlation_id',
  'signal_id',
  'intent_id',
  'exit_id',
  'command_id',
  'client_order_id',
  'venue_order_id',
  'position_id',
  'trade_id',
  'result_id',
  'report_id',
  'feedback_id',
  'subject_id',
  'parent_id',
] as const

export interface Lineage {
  readonly id: string
  readonly correlationId: string
  /** The field in which the id was found, for example intent_id. */
  readonly foundAs: string
  readonly foundIn: string
  readonly trail: readonly LogRecord[]
}

type Fields = Record<string, unknown>

/** Reads the records of a topic that are still in the log, oldest first. */
export type ReadTopic = (topic: Topic) => Promise<readonly LogRecord[]>

/** The lineage of an id, or null when no record carries it. */
export async function lineageOf(id: string, read: ReadTopic): Promise<Lineage | null> {
  const records = (await Promise.all(tradeTopics.map(read))).map((list) =>
    list.filter((record) => record.value !== null),
  )
  const all = records.flat()
  const found = findId(id, all)
  if (found === null) return null
  const trail = all.filter(
    (record) => (record.value as Fields)['correlation_id'] === found.correlationId,
  )
  const before = await marketBefore(trail, read)
  const sorted = [...before, ...trail].sort(
    (a, b) => a.at_ms - b.at_ms || rankOf(a) - rankOf(b) || a.offset - b.offset,
  )
  return { id, ...found, trail: sorted }
}

function findId(id: string, records: readonly LogRecord[]): Omit<Lineage, 'id' | 'trail'> | null {
  for (const field of idFields)
    for (const record of records) {
      const value = record.value as Fields
      if (
        value[field] === id &&
        typeof value['correlation_id'] === 'string' &&
        value['correlation_id'] !== ''
      )
        return { correlationId: value['correlation_id'], foundAs: field, foundIn: record.topic }
    }
  return null
}

const ranks = new Map<string, number>(
  [priceUpdate, marketBar, ...tradeTopics].map((topic, i) => [topic.name, i]),
)

/** Order within one millisecond: the flow's, and a stop is placed or cancelled after the fill that asks for it. */
function rankOf(record: LogRecord): number {
  const afterFill =
    record.topic === orderCommand.name &&
    ['PROTECT', 'CANCEL'].includes(String((record.value as Fields)['purpose']))
  return ranks.get(afterFill ? orderReport.name : record.topic)! + (afterFill ? 0.5 : 0)
}

/** The bar behind the signal and the price update that completed it, while the log still has them. */
async function marketBefore(trail: readonly LogRecord[], read: ReadTopic): Promise<LogRecord[]> {
  const signal = trail.find((record) => record.topic === aiSignalGenerated.name)?.value as
    AiSignalGenerated | undefined
  if (signal === undefined) return []
  const bar = (await read(marketBar)).find((record) => {
    const value = record.value as Fields
    return (
      value['symbol'] === signal.symbol &&
      value['open_at_ms'] === signal.bar_open_at_ms &&
      value['interval_ms'] === signal.bar_interval_ms
    )
  })
  const price = (await read(priceUpdate)).findLast((record) => {
    const value = record.value as Fields
    return value['symbol'] === signal.symbol && Number(value['tick_at_ms']) <= signal.tick_at_ms
  })
  return [price, bar].filter((record) => record !== undefined)
}
