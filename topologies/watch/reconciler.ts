// Compares the account's books with the venue's, and says what follows from each difference. The venue wins.
// It must never act on a doubtful snapshot, or on a difference that a report on its way would explain.
import {
  accountSnapshot,
  clockTick,
  fundingPaid,
  opsAlert,
  orderCommand,
  orderReport,
  reconcileReport,
  reconcilerChangelog,
  reconcilerSeenChangelog,
  safeModeCommand,
} from '../../schemas/topics.ts'
import type { AccountSnapshot, ReconcileReport } from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import { alertOf } from './open-alerts.ts'
import {
  bookCommand,
  bookReport,
  bookSequence,
  doubtDifferences,
  emptyBook,
} from './reconcile-book.ts'
import { doubtOf } from './reconcile-compare.ts'
import { escalation, isOutdated, judgeDoubt, judgeSnapshot } from './reconcile-judge.ts'
import type { Finding } from './reconcile-judge.ts'

export const reconciler = processor({
  name: 'reconciler',
  doc: "Compares positions and orders with the venue's, reports each confirmed difference with what follows, and escalates what stays.",
  reads: [accountSnapshot, orderReport, orderCommand, fundingPaid, clockTick],
  writes: [reconcileReport, safeModeCommand, opsAlert],
  feedback: [reconcileReport, safeModeCommand],
  state: {
    topic: reconcilerChangelog,
    key: (record) => record.value.account,
    always: (config) => config.accounts.map((account) => account.name),
    initial: emptyBook,
  },
  ledger: reconcilerSeenChangelog,
  forgets: true,
  decide(state, record, ctx, emit) {
    switch (record.topic) {
      case 'order.command':
        bookCommand(state, record.value)
        return
      case 'order.report':
        if (bookReport(state, record.value, ctx.ledger, ctx.nowMs))
          doubtDifferences(state, record.value.symbol)
        return
      case 'funding.paid':
        bookSequence(state, record.value.venue_sequence, record.value.venue_at_ms)
        return
      case 'account.snapshot': {
        const snapshot = record.value
        const { environment, watch } = ctx.config
        const doubt = doubtOf(snapshot, environment, ctx.nowMs, watch.snapshot_max_age_ms)
        if (doubt === null && isOutdated(state, snapshot)) return unchanged
        const { findings, alerts } =
          doubt === null
            ? judgeSnapshot(state, snapshot, watch, ctx.nowMs)
            : judgeDoubt(state, doubt, watch, ctx.nowMs)
        findings.forEach((finding, i) => {
          emit(reconcileReport, reportOf(finding, snapshot, ctx.id(i), ctx.nowMs))
        })
        for (const alert of alerts) emit(opsAlert, alert)
        return
      }
      case 'clock.tick': {
        const words = escalation(state, ctx.config.watch)
        if (words === null) return unchanged
        const raised_at_ms = state.escalated_at_ms ?? ctx.nowMs
        const kind = { kind: 'RECONCILIATION', severity: 'CRITICAL' } as const
        const cause = { ...kind, subject: state.account, detail: words || 'resolved', raised_at_ms }
        emit(opsAlert, alertOf(cause, words === '' ? 'CLEARED' : 'RAISED', ctx.nowMs))
        state.escalated_at_ms = words === '' ? null : ctx.nowMs
        if (words === '') return
        emit(safeModeCommand, {
          account: state.account,
          active: true,
          trigger: 'RECONCILIATION',
          reason: words,
          actor: 'reconciler',
          at_ms: ctx.nowMs,
        })
      }
    }
  },
})

function reportOf(
  finding: Finding,
  snapshot: AccountSnapshot,
  report_id: string,
  nowMs: number,
): ReconcileReport {
  const { account, as_of_ms, venue_sequence } = snapshot
  const position = snapshot.positions.find((p) => p.symbol === finding.symbol)
  const age = `snapshot as of ${String(as_of_ms)} ms, ${String(nowMs - as_of_ms)} ms old, sequence ${String(venue_sequence)}`
  return {
    ...finding,
    report_id,
    account,
    venue_entry_price: position?.entry_price ?? null,
    venue_leverage: position?.leverage ?? null,
    detail: `${finding.detail}; ${age}`,
    at_ms: nowMs,
    venue_sequence,
  }
}
