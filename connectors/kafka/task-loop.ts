// One task on the broker, from its assignment to its end. While one transaction is being committed the next one may already be
// decided, but it is never committed before it. Any failure throws away producer, state and what was fetched, and the task is
// taken over anew: there is no repair in place.
import type { SubTopology } from '../../topologies/kernel/topology.ts'
import { createAlarm } from './alarm.ts'
import type { Source } from './client/port.ts'
import { learnPatiently } from './learn.ts'
import { causeOf, reactionTo } from './reaction.ts'
import { nameOf } from './restore.ts'
import type { Slice } from './slice.ts'
import { SliceError, poisonName, schemaName } from './slice.ts'
import { takeOver } from './take-over.ts'
import type { TaskContext } from './task-context.ts'
import type { TaskLoop, TaskStatus } from './task-handle.ts'
import type { Lessons, Life } from './transaction.ts'
import { createLife } from './transaction.ts'

export interface TaskLoopOptions {
  readonly context: TaskContext
  readonly sub: SubTopology
  readonly partition: number
  readonly source: Source
  /** When it may begin: an earlier task of this partition lets go first. */
  readonly after: Promise<void>
  /** The task has stopped for good; the others go on. */
  readonly onStopped: (loop: TaskLoop, error: unknown) => void
  readonly onRunning: (loop: TaskLoop) => void
}

/** Pauses between two tries to take a task over. */
const firstPauseMs = 50
const longestPauseMs = 5_000

/**
 * A member that has lost its partition to another hears of it by its next heartbeat, which comes within a second. Who has not
 * heard by then owns it: the broker has ended its transaction for lasting too long, or a late comer has fenced and gone.
 */
const longestFencedPauseMs = 3_000

/** A task stops fetching at so many times a transaction's records. */
const bufferedBatches = 4

interface Demand {
  readonly tickAtMs: number | null
  readonly done: PromiseWithResolvers<boolean>
}

export function createTaskLoop(options: TaskLoopOptions): TaskLoop {
  const { context, sub, partition, source } = options
  const { config, names, metrics, logger, nowMs } = context
  const { max_batch: maxBatch, commit_interval_ms: intervalMs } = config.kafka
  const fencedPauseMs = Math.min(config.kafka.session_timeout_ms, longestFencedPauseMs)
  const name = nameOf(sub.name, partition)
  const places = sub.inputs.map((topic) => ({ topic: names.topic(topic), partition }))
  const inputOf = new Map(places.map((place, i) => [place.topic, i]))
  const lessons: Lessons = { poison: new Map(), halts: new Map(), missing: new Set(), careful: 0 }
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined)
  const demands: Demand[] = []
  const alarm = createAlarm()
  let life: Life | null = null
  let status: TaskStatus = 'RESTORING'
  let detail = ''
  let failure: { readonly error: unknown } | null = null
  let isEnded = false
  let isAuto = false
  let isPaused = false
  let isLearning = false
  let drained: PromiseWithResolvers<void> | null = null
  let inFlight: Promise<void> | null = null
  let pauseMs = firstPauseMs
  let isResumed = false

  const fail = (error: unknown): void => {
    failure ??= { error }
    alarm.ring()
  }
  const setPaused = (paused: boolean): void => {
    isPaused = paused
    for (const place of places)
      if (paused) source.pause(place)
      else source.resume(place)
  }

  const begin = async (): Promise<Life | null> => {
    status = 'RESTORING'
    failure = null
    const taken = await takeOver(context, sub, partition, () => !isEnded)
    if (taken === null) return null
    for (const [i, records] of taken.skipped.entries())
      if (records > 0)
        logger.error({ task: name, topic: sub.inputs[i]!.name, records }, 'lost input is skipped')
    const begun = createLife(context, sub, places, taken, lessons)
    life = begun
    isPaused = false
    for (const [i, place] of places.entries())
      source.assign({ ...place, offset: taken.offsets[i]! })
    status = 'RUNNING'
    detail = ''
    logger.info({ task: name }, 'the task runs')
    ready.resolve()
    options.onRunning(loop)
    return begun
  }
  const discard = async (): Promise<void> => {
    const producer = life?.producer
    life = null
    inFlight = null
    for (const place of places) source.unassign(place)
    await producer?.dispose()
  }

  const learn = async ({ topic, id }: NonNullable<Slice['unknown']>): Promise<void> => {
    isLearning = true
    try {
      const answer = await learnPatiently(context.codec, topic.name, id, (error) => {
        if (isEnded) throw error
        detail = `waits for the schema ${id} of ${topic.name}`
        logger.warn({ task: name, err: error }, detail)
      })
      if (answer === 'missing') lessons.missing.add(schemaName(topic, id))
      detail = ''
    } catch (error) {
      fail(error)
    }
    isLearning = false
    alarm.ring()
  }
  const decide = (one: Life, tickAtMs: number | null): Slice | null => {
    const slice = one.decide(tickAtMs, !isLearning)
    if (slice !== null && slice.unknown !== null) void learn(slice.unknown)
    if (isPaused && one.inputs.size() < maxBatch) setPaused(false)
    return slice
  }
  const commitOf = async (one: Life, slice: Slice): Promise<void> => {
    await one.commit(slice)
    pauseMs = firstPauseMs
  }
  /** How long there is nothing to do; 0: there is. */
  const idleMs = (one: Life): number => {
    const tickInMs =
      dueTickMs() > lastTickAtMs() ? 0 : config.clock_ms - (nowMs() % config.clock_ms)
    const waiting = isLearning ? 0 : one.inputs.size()
    if (waiting === 0 || tickInMs === 0) return tickInMs
    // With a full batch there is nothing to wait for; with less, the last commit may bring more.
    if (waiting >= maxBatch) return 0
    if (inFlight !== null) return Infinity
    return Math.max(0, Math.min(tickInMs, one.decidedAt() + intervalMs - performance.now()))
  }
  const dueTickMs = (): number => Math.floor(nowMs() / config.clock_ms) * config.clock_ms
  const lastTickAtMs = (): number => life?.task.time().lastTickAtMs ?? 0

  /** Decides and commits until there is a failure or an end. */
  const work = async (one: Life): Promise<void> => {
    for (;;) {
      if (failure !== null) throw failure.error
      if (isEnded || drained !== null) {
        await inFlight
        if (isEnded) return
        drained?.resolve()
        await alarm.sleep(longestPauseMs)
        continue
      }
      const demand = demands[0]
      if (demand !== undefined) {
        await inFlight
        const slice = decide(one, demand.tickAtMs)
        if (slice !== null) await commitOf(one, slice)
        demands.shift()
        demand.done.resolve(slice !== null)
        continue
      }
      const waitMs = isAuto ? idleMs(one) : longestPauseMs
      if (waitMs > 0) {
        await alarm.sleep(Math.min(waitMs, longestPauseMs))
        continue
      }
      const slice = decide(one, dueTickMs())
      if (inFlight !== null) await inFlight
      if (slice === null) continue
      const commit = commitOf(one, slice).then(
        () => {
          if (inFlight === commit) inFlight = null
          alarm.ring()
        },
        (error: unknown) => {
          // Of a life that is over nobody waits for it, and the next one must not fail by it.
          if (inFlight === commit) fail(error)
          throw error
        },
      )
      commit.catch(() => undefined)
      inFlight = commit
    }
  }

  /** After a failure: what was learned from it, and how long to wait. False when the task stops. */
  const react = async (error: unknown): Promise<boolean> => {
    const place = error instanceof SliceError ? error.place : null
    const poison = place === null ? '' : poisonName(place.topic, place.offset)
    const known = lessons.halts.has(poison) ? 'HALT' : lessons.poison.has(poison) ? 'BURY' : null
    const reaction = reactionTo(error, config.kafka.on_error, known)
    const text = error instanceof Error ? error.message : String(error)
    await discard()
    drained?.resolve()
    if (isEnded) {
      // The partition is another's by now, as being fenced shows, or the process ends: nothing follows from it here.
      logger.warn({ task: name, err: error }, 'the task ends with an error')
      return false
    }
    if (reaction === 'STOP') {
      status = 'STOPPED'
      detail = text
      metrics.aborted(sub.name, partition, 'STOPPED')
      logger.fatal({ task: name, err: error }, 'the task stopped')
      ready.reject(error)
      for (const { done } of demands.splice(0)) done.reject(error)
      options.onStopped(loop, error)
      return false
    }
    logger.warn({ task: name, err: error }, 'the task is taken over anew')
    if (reaction === 'WAIT') metrics.fenced(sub.name, partition)
    else metrics.aborted(sub.name, partition, causeOf(error))
    if (reaction === 'BURY') lessons.poison.set(poison, text)
    else if (error instanceof SliceError && reaction === 'HALT') lessons.halts.set(poison, error)
    else {
      status = 'WAITING'
      detail = text
      isResumed = false
      await alarm.pause(reaction === 'WAIT' ? fencedPauseMs : pauseMs, () => isEnded || isResumed)
      pauseMs = Math.min(2 * pauseMs, longestPauseMs)
    }
    return !isEnded
  }

  const run = async (): Promise<void> => {
    await options.after
    for (;;) {
      try {
        const begun = await begin()
        if (begun !== null) await work(begun)
        break
      } catch (error) {
        if (!(await react(error))) break
      }
    }
    await discard()
    if (status !== 'STOPPED') status = 'ENDED'
    drained?.resolve()
    for (const { done } of demands.splice(0)) done.resolve(false)
  }

  const loop: TaskLoop = {
    partition,
    status: () => status,
    detail: () => detail,
    committed: () => life?.committed().map((offset, i) => ({ ...places[i]!, offset })) ?? [],
    lastTickAtMs,
    onFetched(fetched) {
      if (life === null) return
      life.inputs.add(inputOf.get(fetched.topic)!, fetched)
      if (!isPaused && life.inputs.size() > bufferedBatches * maxBatch) setPaused(true)
      alarm.ring()
    },
    onFault: fail,
    step(tickAtMs) {
      if (status === 'STOPPED') return ready.promise.then(() => false)
      const demand = { tickAtMs, done: Promise.withResolvers<boolean>() }
      demands.push(demand)
      alarm.ring()
      return demand.done.promise
    },
    go() {
      isAuto = true
      alarm.ring()
    },
    ready: ready.promise,
    async drain() {
      if (life === null || isEnded || status === 'STOPPED') return
      drained ??= Promise.withResolvers<void>()
      alarm.ring()
      await drained.promise
    },
    resume() {
      drained?.resolve()
      drained = null
      isResumed = true
      alarm.ring()
    },
    async end() {
      isEnded = true
      alarm.ring()
      await running
    },
  }
  const running = run()
  return loop
}
