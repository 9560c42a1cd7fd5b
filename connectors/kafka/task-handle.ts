// A task as its group, the health check and whoever works by hand see it.
import type { Fetched, PartitionOffset } from './client/port.ts'

export type TaskStatus = 'RESTORING' | 'RUNNING' | 'WAITING' | 'STOPPED' | 'ENDED'

export interface TaskLoop {
  readonly partition: number
  status(): TaskStatus
  /** Why it is stopped, or what it waits for. */
  detail(): string
  /** Committed next offsets of its inputs; none while it does not run. */
  committed(): readonly PartitionOffset[]
  /** The last clock tick, 0 before the first. */
  lastTickAtMs(): number
  onFetched(fetched: Fetched): void
  /** What it reads can't be read on. */
  onFault(error: Error): void
  /** Runs one transaction by hand. False when there was nothing to do. Rejects when the task has stopped. */
  step(tickAtMs: number | null): Promise<boolean>
  /** Works by itself from now on. */
  go(): void
  /** Resolves when the task runs for the first time; rejects when it has stopped before. */
  readonly ready: Promise<void>
  /** Finishes the open transaction and begins no other until `resume`. Never rejects. */
  drain(): Promise<void>
  /** The partition is ours in the new generation too. */
  resume(): void
  /** The partition is no longer ours, or the process ends: state and producer go. Never rejects. */
  end(): Promise<void>
}
