// Watches that data moves: topics fresh, outputs following their inputs, no record left as a dead letter.
// It must never take the length of a topic for a flow: what is said rests on two observations at least.
import type { Config } from '../../schemas/config.ts'
import { freshLimitMs } from '../../schemas/topic.ts'
import type { Topic } from '../../schemas/topic.ts'
import {
  clockTick,
  deadLetter,
  freshnessChangelog,
  opsAlert,
  topicObserved,
  topics,
} from '../../schemas/topics.ts'
import type { FreshnessChangelog, TopicObserved, WatchedTopic } from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import { isOpen, settleAlerts } from './open-alerts.ts'
import type { Cause } from './open-alerts.ts'
import { noteClock, unbrokenAgeMs } from './unbroken.ts'

type State = FreshnessChangelog

/** Topics with a limit of their own age, and topics that answer another one. */
const aging = topics.filter((t) => t.fresh !== null && t.fresh.of === undefined)
const answering = topics.filter((t) => t.fresh?.of !== undefined)

/** A dead letter is an alert for so long; each further one prolongs it. */
const deadLetterAlertMs = 600_000

export const freshness = processor({
  name: 'freshness',
  doc: 'Alerts on stale topics, on input without output, and on dead letters.',
  reads: [topicObserved, clockTick],
  writes: [opsAlert],
  state: {
    topic: freshnessChangelog,
    key: () => 'freshness',
    always: () => ['freshness'],
    initial: () => ({ since_ms: 0, looked_at_ms: 0, topics: [], groups: [], alerts: [] }),
  },
  decide(state, record, ctx, emit) {
    switch (record.topic) {
      case 'topic.observed':
        // How far its groups are is another watch's.
        if (record.value.group !== '') return unchanged
        noteTopic(state, record.value)
        return
      case 'clock.tick': {
        const noted = noteClock(state, ctx.nowMs, lookMs(ctx.config))
        const causes: Cause[] = []
        watchObservations(state, ctx.config, ctx.nowMs, causes)
        for (const topic of aging) watchAge(state, topic, ctx.config, ctx.nowMs, causes)
        for (const topic of answering) watchAnswers(state, topic, ctx.config, causes)
        watchDeadLetters(state, ctx.nowMs, causes)
        const alerts = settleAlerts(state.alerts, causes, ctx.nowMs)
        for (const alert of alerts) emit(opsAlert, alert)
        return noted || alerts.length > 0 ? undefined : unchanged
      }
    }
  },
})

const lookMs = (config: Config): number => Math.max(config.watch.observe_ms, config.clock_ms)

function noteTopic(state: State, seen: TopicObserved): void {
  const entry = topicEntry(state, seen.topic)
  const grew = seen.end_offset > entry.end_offset
  entry.end_offset = seen.end_offset
  entry.last_record_at_ms = seen.last_record_at_ms
  entry.observed_at_ms = seen.at_ms
  for (const { name, fresh } of answering) {
    if (name === seen.topic) {
      if (grew) entry.input_growths = 0
      awaitAnswer(entry, topicEntry(state, fresh!.of!))
    } else if (fresh!.of === seen.topic) {
      const output = topicEntry(state, name)
      if (grew) output.input_growths++
      awaitAnswer(output, entry)
    }
  }
}

/** An answer is a record of the output that is not older than the awaited record of the input. */
function awaitAnswer(output: WatchedTopic, input: WatchedTopic): void {
  const answeredMs = output.last_record_at_ms ?? -Infinity
  if (output.waiting_since_ms !== null && answeredMs >= output.waiting_since_ms)
    output.waiting_since_ms = null
  const askedMs = input.last_record_at_ms ?? -Infinity
  if (output.waiting_since_ms === null && askedMs > answeredMs) output.waiting_since_ms = askedMs
}

function topicEntry(state: State, topic: string): WatchedTopic {
  const known = state.topics.find((t) => t.topic === topic)
  if (known !== undefined) return known
  const entry: WatchedTopic = {
    topic,
    end_offset: 0,
    last_record_at_ms: null,
    observed_at_ms: 0,
    waiting_since_ms: null,
    input_growths: 0,
  }
  state.topics.push(entry)
  return entry
}

/** Without observations everything looks as it did: the watch itself is blind. */
function watchObservations(state: State, config: Config, nowMs: number, causes: Cause[]): void {
  let lastMs = 0
  for (const topic of state.topics) lastMs = Math.max(lastMs, topic.observed_at_ms)
  const limitMs = 3 * lookMs(config)
  const open = isOpen(state.alerts, 'STALE_TOPIC', topicObserved.name)
  const ageMs = unbrokenAgeMs(state, lastMs, nowMs, open)
  if (ageMs <= limitMs) return
  const detail = `expected an observation within ${String(limitMs)} ms, was none for ${String(ageMs)} ms`
  causes.push({ kind: 'STALE_TOPIC', severity: 'CRITICAL', subject: topicObserved.name, detail })
}

/** No limit is finer than the looks that could keep it. */
const limitOf = (topic: Topic, config: Config): number =>
  Math.max(freshLimitMs(topic.fresh!, config.bars.interval_ms), lookMs(config))

function watchAge(
  state: State,
  topic: Topic,
  config: Config,
  nowMs: number,
  causes: Cause[],
): void {
  const entry = state.topics.find((t) => t.topic === topic.name)
  // Without an observation of its own there is only the clock to measure with.
  const observedMs = entry?.observed_at_ms ?? 0
  const limitMs = Math.max(limitOf(topic, config), observedMs === 0 ? 3 * lookMs(config) : 0)
  const lastMs = entry?.last_record_at_ms ?? null
  const open = isOpen(state.alerts, 'STALE_TOPIC', topic.name)
  const ageMs = unbrokenAgeMs(state, lastMs, observedMs === 0 ? nowMs : observedMs, open)
  if (ageMs <= limitMs) return
  const last = lastMs === null ? 'none ever' : `the last at ${String(lastMs)} ms`
  const detail = `expected a record within ${String(limitMs)} ms, was none for ${String(ageMs)} ms, ${last}`
  causes.push({ kind: 'STALE_TOPIC', severity: 'WARNING', subject: topic.name, detail })
}

function watchAnswers(state: State, topic: Topic, config: Config, causes: Cause[]): void {
  const output = state.topics.find((t) => t.topic === topic.name)
  if (output === undefined || output.waiting_since_ms === null) return
  const input = state.topics.find((t) => t.topic === topic.fresh!.of)!
  const observedMs = Math.max(output.observed_at_ms, input.observed_at_ms)
  const isStale = isOpen(state.alerts, 'STALE_TOPIC', topic.name)
  const waitedMs = unbrokenAgeMs(state, output.waiting_since_ms, observedMs, isStale)
  const limitMs = limitOf(topic, config)
  if (waitedMs <= limitMs) return
  const detail = `expected a record within ${String(limitMs)} ms of ${input.topic}'s at ${String(output.waiting_since_ms)} ms, was none for ${String(waitedMs)} ms`
  causes.push({ kind: 'STALE_TOPIC', severity: 'WARNING', subject: topic.name, detail })
  const windowMs = Math.max(limitMs, config.watch.growth_window_ms)
  if (output.input_growths < 2 || waitedMs <= windowMs) return
  const growth = `${input.topic} grew in ${String(output.input_growths)} observations, to ${String(input.end_offset)}`
  causes.push({
    kind: 'NO_GROWTH',
    severity: 'CRITICAL',
    subject: topic.name,
    detail: `${growth}; ${topic.name} stands at ${String(output.end_offset)} for more than ${String(windowMs)} ms`,
  })
}

function watchDeadLetters(state: State, nowMs: number, causes: Cause[]): void {
  const lastMs = state.topics.find((t) => t.topic === deadLetter.name)?.last_record_at_ms ?? null
  if (lastMs === null || nowMs - lastMs > deadLetterAlertMs) return
  const detail = `a record could not be dealt with at ${String(lastMs)} ms; \`quantum dead-letters list\` says which and why`
  causes.push({ kind: 'DEAD_LETTER', severity: 'WARNING', subject: deadLetter.name, detail })
}
