// Each account's events and snapshots on their way into the log, every event exactly once: the log keeps the sequence
// number of the last one, in the same commit as the events. A log without such a number is new: it begins behind the first
// snapshot, because what an account did before is not its own. A venue that knows less than the log is refused: its new
// events would have numbers that the log already has, and would be taken for old ones.
import type { Logger } from 'pino'
import { accountSnapshot, fundingPaid, orderReport } from '../../schemas/topics.ts'
import type { AccountSnapshot, OrderReport } from '../../schemas/types.gen.ts'
import type { Attempt } from './attempt.ts'
import type { AccountEvent, ExchangePort } from './port.ts'
import type { Changes, Questions } from './questions.ts'
import { textOf } from './questions.ts'
import { VenueError } from './venue-error.ts'

/** Events of one request. */
const maxEvents = 500

/** First and longest pause after the venue could not be asked. */
const retryMs = { first: 200, longest: 30_000 }

export interface AccountDeskOptions {
  readonly port: ExchangePort
  readonly accounts: readonly string[]
  readonly questions: Questions
  readonly nowMs: () => number
  readonly snapshotMs: number
  readonly attemptOf: (clientOrderId: string) => Attempt | undefined
  /** Called for each new report of an order, before the round commits. */
  readonly onReport: (record: OrderReport, changes: Changes) => void
  /** Called for each snapshot, with the time at which it was asked for. */
  readonly onSnapshot: (snapshot: AccountSnapshot, askedAtMs: number) => void
  readonly logger: Logger
}

export interface AccountDesk {
  /** Puts back the last sequence number of an account. */
  restore(account: string, sequence: number): void
  sequenceOf(account: string): number
  /** Whether it is known from where on the account's events are followed. */
  isFollowed(account: string): boolean
  /** The venue has news. */
  wake(): void
  /** Asks about every account for which that is due. */
  act(): void
  /** False while an account can't be asked about. */
  isConnected(): boolean
}

interface Stream {
  readonly account: string
  /** The last event in the log; null in a new log before the first snapshot. */
  sequence: number | null
  /** What the log knew at the start, until a complete snapshot showed that the venue knows it too; then null. */
  unprovenSequence: number | null
  isAsking: boolean
  hasNews: boolean
  snapshotDueAtMs: number
  failures: number
  retryAtMs: number
}

interface News {
  readonly askedAtMs: number
  /** The event behind which the events begin; null while that is not known. */
  readonly afterSequence: number | null
  readonly events: readonly AccountEvent[]
  readonly snapshot: AccountSnapshot | null
  readonly hasMore: boolean
}

export function createAccountDesk(options: AccountDeskOptions): AccountDesk {
  const { port, questions, nowMs, logger } = options
  const streams = new Map(options.accounts.map((account) => [account, newStream(account)]))

  /** Throws a VenueError. Only the first complete snapshot is judged, by what the log knew before anything was asked. */
  const judge = (stream: Stream, { snapshot }: News): void => {
    if (stream.unprovenSequence === null || snapshot?.complete !== true) return
    if (snapshot.venue_sequence < stream.unprovenSequence)
      throw new VenueError(
        `venue ${port.venue} knows events of ${stream.account} up to ${snapshot.venue_sequence}, this log up to ${stream.unprovenSequence}: the venue is older than the log, or another one; restore the venue, or start a new log`,
      )
    stream.unprovenSequence = null
  }
  const take = (stream: Stream, news: News, changes: Changes): void => {
    judge(stream, news)
    if (stream.failures > 0) logger.info({ account: stream.account }, 'the venue answers again')
    stream.isAsking = false
    stream.failures = 0
    stream.hasNews ||= news.hasMore
    const isNew = stream.sequence === null && news.afterSequence !== null
    stream.sequence ??= news.afterSequence
    // What a new log begins with lies before what follows on it.
    if (isNew) takeSnapshot(stream, news, changes)
    for (const event of news.events) {
      changes.records.push(outgoing(event, options.attemptOf))
      stream.sequence = event.record.venue_sequence
      if (event.topic === 'order.report') options.onReport(event.record, changes)
    }
    if (news.events.length > 0 || isNew)
      changes.notes.push([noteName(stream.account), String(stream.sequence)])
    if (!isNew) takeSnapshot(stream, news, changes)
  }
  const takeSnapshot = (stream: Stream, { snapshot, askedAtMs }: News, changes: Changes): void => {
    if (snapshot === null) return
    stream.snapshotDueAtMs = nowMs() + options.snapshotMs
    changes.records.push({ topic: accountSnapshot, value: snapshot })
    options.onSnapshot(snapshot, askedAtMs)
  }
  /** Waits longer each time, and takes a snapshot when the venue answers again. */
  const retryLater = (stream: Stream, error: unknown): void => {
    const pauseMs = Math.min(retryMs.first * 2 ** stream.failures, retryMs.longest)
    stream.isAsking = false
    stream.failures++
    stream.retryAtMs = nowMs() + pauseMs
    stream.snapshotDueAtMs = 0
    if (stream.failures === 1)
      logger.warn({ account: stream.account, reason: textOf(error) }, 'the venue does not answer')
  }

  return {
    restore(account, sequence) {
      const stream = streams.get(account)
      if (stream !== undefined) stream.sequence = stream.unprovenSequence = sequence
    },
    sequenceOf: (account) => streams.get(account)?.sequence ?? 0,
    isFollowed: (account) => (streams.get(account)?.sequence ?? null) !== null,
    wake() {
      for (const stream of streams.values()) stream.hasNews = true
    },
    act() {
      const now = nowMs()
      for (const stream of streams.values()) {
        if (stream.isAsking || now < stream.retryAtMs) continue
        const isSnapshotDue = now >= stream.snapshotDueAtMs
        // Without a sequence number there is nothing to ask for but a snapshot.
        const hasNews = stream.hasNews && stream.sequence !== null
        if (!hasNews && !isSnapshotDue) continue
        stream.isAsking = true
        stream.hasNews = false
        questions.ask(
          () => askAccount(port, stream, isSnapshotDue, now),
          (news, changes) => {
            take(stream, news, changes)
          },
          (error) => {
            retryLater(stream, error)
          },
        )
      }
    },
    isConnected: () => [...streams.values()].every((stream) => stream.failures === 0),
  }
}

/** Name of the note that keeps the sequence of an account. */
export const noteName = (account: string): string => `sequence|${account}`

function newStream(account: string): Stream {
  return {
    ...{ account, sequence: null, unprovenSequence: null, isAsking: false, hasNews: true },
    ...{ snapshotDueAtMs: 0, failures: 0, retryAtMs: 0 },
  }
}

/** The snapshot comes first: so every event that is in it is among the events that follow, or before them. */
async function askAccount(
  port: ExchangePort,
  { account, sequence }: Pick<Stream, 'account' | 'sequence'>,
  withSnapshot: boolean,
  askedAtMs: number,
): Promise<News> {
  const snapshot = withSnapshot ? await port.snapshot(account) : null
  const first = snapshot?.complete === true ? snapshot.venue_sequence : null
  const afterSequence = sequence ?? first
  if (afterSequence === null)
    return { askedAtMs, afterSequence, snapshot, events: [], hasMore: false }
  const all = await port.eventsSince(account, afterSequence, maxEvents)
  const events: AccountEvent[] = []
  let last = afterSequence
  for (const event of all) {
    // A venue that repeats itself must not make a fill count twice.
    if (event.record.venue_sequence <= last) continue
    last = event.record.venue_sequence
    events.push(event)
  }
  return { askedAtMs, afterSequence, snapshot, events, hasMore: all.length >= maxEvents }
}

/** The record of an event. What the venue could not know about one of our orders is filled in from its command. */
function outgoing(event: AccountEvent, attemptOf: AccountDeskOptions['attemptOf']) {
  if (event.topic === 'funding.paid') return { topic: fundingPaid, value: event.record }
  const { record } = event
  if (record.purpose !== 'UNKNOWN') return { topic: orderReport, value: record }
  const attempt = attemptOf(record.client_order_id)
  if (attempt === undefined)
    return { topic: orderReport, value: { ...record, purpose: 'EXTERNAL' as const } }
  const { purpose, parent_id, correlation_id, exit_kind, exit_rung } = attempt.command
  const lineage = { purpose, parent_id, correlation_id, exit_kind, exit_rung }
  return { topic: orderReport, value: { ...record, ...lineage, sent_at_ms: attempt.sentAtMs } }
}
