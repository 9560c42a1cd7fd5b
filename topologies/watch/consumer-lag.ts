// Watches how far each group is behind in each partition, in records and in time, and whether it moves at all.
// It must never take a lag for a fault: a burst that drains, an idle group and a stop of the watch are none.
import { clockTick, consumerLagChangelog, opsAlert, topicObserved } from '../../schemas/topics.ts'
import type { ConsumerLagChangelog } from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import { isBehind, lagCauses, looksMs, noteLag } from './lag-causes.ts'
import { alertOf, settleAlerts } from './open-alerts.ts'

type State = ConsumerLagChangelog

/** An alert about a group that nobody observes any more, for example of an input that was taken away, ends after this. */
const forgetAfterMs = 600_000

export const consumerLag = processor({
  name: 'consumer-lag',
  doc: 'Alerts on a group whose lag is above a limit, grows, is unknown or not worked off, and on records it lost.',
  reads: [topicObserved, clockTick],
  writes: [opsAlert],
  state: {
    topic: consumerLagChangelog,
    key: ({ value: { group, topic, partition } }) =>
      group === '' ? '' : `${group}|${topic}|${String(partition)}`,
    initial,
    live: (state) => state.alerts.length > 0,
  },
  decide(state, record, ctx, emit) {
    switch (record.topic) {
      case 'topic.observed': {
        const seen = record.value
        if (seen.group === '') return unchanged
        const isNew = state.observed_at_ms === 0
        if (isNew && !isBehind(seen)) return unchanged
        const { group, topic, partition } = seen
        Object.assign(state, { group, topic, partition })
        noteLag(state, seen, ctx.config)
        const causes = lagCauses(state, seen, ctx.config)
        for (const alert of settleAlerts(state.alerts, causes, ctx.nowMs)) emit(opsAlert, alert)
        // A group that is level leaves nothing to remember.
        if (!isBehind(seen) && state.alerts.length === 0) ctx.forget()
        return
      }
      case 'clock.tick': {
        const quietMs = ctx.nowMs - state.observed_at_ms
        if (state.observed_at_ms === 0 || quietMs <= 3 * looksMs(ctx.config)) return unchanged
        if (state.silent_since_ms === null) {
          state.silent_since_ms = ctx.nowMs
          return
        }
        if (ctx.nowMs - state.silent_since_ms <= forgetAfterMs) return unchanged
        const detail = `not observed for ${String(quietMs)} ms: nobody reads it any more`
        for (const { kind, severity, subject, raised_at_ms } of state.alerts)
          emit(
            opsAlert,
            alertOf({ kind, severity, subject, detail, raised_at_ms }, 'CLEARED', ctx.nowMs),
          )
        ctx.forget()
      }
    }
  },
})

function initial(): State {
  return {
    group: '',
    topic: '',
    partition: -1,
    observed_at_ms: 0,
    position: null,
    unknown_since_ms: null,
    high_since_ms: null,
    stands_since_ms: 0,
    stands_lag: 0,
    stands_end_offset: 0,
    moves: 0,
    rising_since_ms: 0,
    rising_lag: 0,
    last_lag: 0,
    peak_lag: 0,
    peak_at_ms: 0,
    silent_since_ms: null,
    alerts: [],
  }
}
