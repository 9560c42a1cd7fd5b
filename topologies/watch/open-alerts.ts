// Alerts are raised once and cleared once, however often their cause is seen.
// It must never decide whether something is wrong: that is its callers' work.
import type { AlertState, OpenAlert, OpsAlert } from '../../schemas/types.gen.ts'

/** Something that is wrong now. */
export interface Cause extends Pick<OpsAlert, 'kind' | 'severity' | 'subject' | 'detail'> {
  /** Of a cleared alert: when it was raised. Of a new one it is now. */
  readonly raised_at_ms?: number
}

/** One ops.alert record about a cause. */
export function alertOf(cause: Cause, state: AlertState, nowMs: number): OpsAlert {
  return {
    alert_id: `${cause.kind}|${cause.subject}`,
    kind: cause.kind,
    severity: cause.severity,
    state,
    subject: cause.subject,
    detail: cause.detail,
    raised_at_ms: cause.raised_at_ms ?? nowMs,
    at_ms: nowMs,
  }
}

export const isOpen = (
  open: readonly OpenAlert[],
  kind: OpenAlert['kind'],
  subject: string,
): boolean => open.some((alert) => alert.kind === kind && alert.subject === subject)

/**
 * Compares all that is wrong now with the alerts that are open: gives the alerts to write, in order, and changes `open`
 * to match. An open alert whose cause is gone is cleared; one whose cause got worse is not raised again.
 */
export function settleAlerts(
  open: OpenAlert[],
  causes: readonly Cause[],
  nowMs: number,
): OpsAlert[] {
  if (open.length === 0 && causes.length === 0) return []
  const alerts: OpsAlert[] = []
  const wrong = new Set(causes.map((cause) => `${cause.kind}|${cause.subject}`))
  for (let i = 0; i < open.length; i++) {
    const { alert_id, kind, severity, subject, raised_at_ms } = open[i]!
    if (wrong.has(alert_id)) continue
    const detail = `over after ${String(nowMs - raised_at_ms)} ms`
    alerts.push(alertOf({ kind, severity, subject, detail, raised_at_ms }, 'CLEARED', nowMs))
    open.splice(i--, 1)
  }
  for (const cause of causes) {
    const { kind, severity, subject } = cause
    const alert_id = `${kind}|${subject}`
    if (open.some((alert) => alert.alert_id === alert_id)) continue
    open.push({ alert_id, kind, severity, subject, raised_at_ms: nowMs })
    alerts.push(alertOf(cause, 'RAISED', nowMs))
  }
  return alerts
}
