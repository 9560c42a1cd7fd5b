// Compares what is declared with what is seen: every processor alive and making progress, every topic declared and present.
// It must never take a running process for a working one: only heartbeats with progress count.
import {
  clockTick,
  contractCheckChangelog,
  contractReport,
  opsAlert,
  topicObserved,
  topics,
  topologyHeartbeat,
} from '../../schemas/topics.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Processor } from '../kernel/processor.ts'
import {
  allProgress,
  beatMs,
  checksOf,
  forgetGone,
  isNews,
  noteHeartbeat,
  noteTopic,
} from './contract-checks.ts'
import { settleAlerts } from './open-alerts.ts'
import { noteClock, unbrokenAgeMs } from './unbroken.ts'

const storedTopics = topics.filter((t) => t.kind === 'event' || t.kind === 'compacted')

/**
 * The contract check of a topology whose processors, this one included, have the given names. `expectedTopics` are the
 * topics that the runtime must observe: by default all that are declared and stored.
 */
export function contractCheck(
  expectedProcessors: readonly string[],
  expectedTopics: readonly string[] = storedTopics.map((topic) => topic.name),
): Processor {
  const expected = { processors: expectedProcessors, topics: expectedTopics }
  const check = processor({
    name: 'contract-check',
    doc: 'Alerts on a processor that is missing, silent or restarting, and on topics that are undeclared or absent.',
    reads: [topologyHeartbeat, topicObserved, clockTick],
    writes: [contractReport, opsAlert],
    state: {
      topic: contractCheckChangelog,
      key: () => 'contract',
      always: () => ['contract'],
      initial: () => ({
        ...{ since_ms: 0, looked_at_ms: 0, settled: false },
        ...{ processors: [], topics: [], items: [], alerts: [] },
      }),
    },
    decide(state, record, ctx, emit) {
      switch (record.topic) {
        case 'topology.heartbeat':
          noteHeartbeat(state, record.value)
          return
        case 'topic.observed':
          return noteTopic(state, record.value) ? undefined : unchanged
        case 'clock.tick': {
          const { nowMs, config } = ctx
          const noted = noteClock(state, nowMs, beatMs(config))
          if (state.settled && allProgress(state, expected.processors, config, nowMs))
            return noted ? undefined : unchanged
          const checks = checksOf(state, expected, config, nowMs)
          for (const { item, check, ok, detail } of checks.filter((c) => isNews(state, c)))
            emit(contractReport, { item, check, ok, detail, at_ms: nowMs })
          const causes = checks.filter((c) => !c.ok).map((c) => ({ ...c.cause, detail: c.detail }))
          for (const alert of settleAlerts(state.alerts, causes, nowMs)) emit(opsAlert, alert)
          forgetGone(state, expected.processors, config, nowMs)
          // Before that age an absent topic is not looked for yet.
          state.settled =
            causes.length === 0 && unbrokenAgeMs(state, null, nowMs) > config.watch.growth_window_ms
        }
      }
    },
  })
  return check
}
