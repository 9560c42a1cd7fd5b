// One member of a consumer group, for membership alone: which partition numbers are this process's to work on. It heartbeats
// on its own, whatever the tasks do; that two members never both commit is the fence's business.
import { setTimeout as sleep } from 'node:timers/promises'
import { withinDeadline, deadlineIn } from './deadline.ts'
import { leaveExchange } from './group-protocol.ts'
import type { Cluster } from './connections.ts'
import { createMembership } from './membership.ts'
import type { Membership, Outcome } from './membership.ts'
import type { Member, MemberOptions } from './port.ts'

export interface MemberConnections {
  /** Sockets of this member alone: a coordinator answers a join only when all members have joined. */
  open(): Cluster
}

const longestBackOffMs = 1_000
const longestLeaveMs = 3_000

/** Joins at once. Its listener is told everything that happens; nothing rejects. */
export function createMember(connections: MemberConnections, options: MemberOptions): Member {
  const { listener, sessionTimeoutMs } = options
  const stop = new AbortController()
  const cluster = connections.open()
  const membership = createMembership(cluster, options)

  const isStopped = (): boolean => stop.signal.aborted
  const pause = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal: stop.signal }).catch(() => {})
  }
  /** Often enough that a rebalance is seen within a second. */
  const heartbeatMs = Math.min(sessionTimeoutMs / 3, 1_000)

  /** The listener finishes its work while heartbeats go on, since the coordinator still counts the member. */
  const drain = async (): Promise<Outcome> => {
    let isDrained = false
    const drained = Promise.resolve(listener.onRebalance()).finally(() => {
      isDrained = true
    })
    drained.catch(() => {})
    const limit = deadlineIn(sessionTimeoutMs)
    for (;;) {
      await withinDeadline(drained, deadlineIn(Math.min(heartbeatMs, limit.remainingMs())))
      if (isDrained) await drained
      if (isDrained || limit.isOver() || isStopped()) return { kind: 'rebalance' }
      const outcome = await membership.heartbeat()
      if (outcome.kind === 'out' || outcome.kind === 'fault') return outcome
    }
  }

  const lose = (reason: string): void => {
    if (membership.lose()) listener.onLost(reason)
  }

  /** What follows from the last answer. Resolves with false when the member can not go on by itself. */
  const follow = async (outcome: Outcome, failures: number): Promise<boolean> => {
    switch (outcome.kind) {
      case 'fine':
        return true
      case 'assigned':
        listener.onAssigned(outcome.numbers, outcome.generation)
        return true
      case 'rebalance':
        return true
      case 'out':
        lose(outcome.reason)
        return true
      case 'trouble':
        if (membership.silentMs() > sessionTimeoutMs)
          lose(`no coordinator for ${sessionTimeoutMs} ms: ${outcome.error.message}`)
        await pause(Math.min(10 * 2 ** failures, longestBackOffMs))
        return true
      case 'fault':
        lose(outcome.detail)
        listener.onFault(outcome.fault, outcome.detail)
        return false
    }
  }

  const run = async (): Promise<void> => {
    let isIn = false
    let failures = 0
    while (!isStopped()) {
      let outcome: Outcome
      if (isIn) {
        // After trouble it has waited a little already, and no longer: the session goes on.
        if (failures === 0) await pause(heartbeatMs)
        if (isStopped()) return
        outcome = await membership.heartbeat()
        if (outcome.kind === 'rebalance' && !isStopped()) outcome = await drain()
      } else outcome = await membership.join(isStopped)
      if (isStopped()) return
      failures = outcome.kind === 'trouble' ? failures + 1 : 0
      if (outcome.kind !== 'trouble') isIn = outcome.kind === 'fine' || outcome.kind === 'assigned'
      // A coordinator that was silent for a whole session has given the member up.
      if (outcome.kind === 'trouble' && membership.silentMs() > sessionTimeoutMs) isIn = false
      if (await follow(outcome, failures)) continue
      stop.abort()
      await cluster.close()
      await letGo(membership, connections)
    }
  }
  const running = run().catch(async (error: unknown) => {
    // A listener that throws is a bug; it must not end the process from here, nor pass unseen.
    if (isStopped()) return
    stop.abort()
    await cluster.close()
    listener.onFault('FAILED', `group ${options.group}: ${textOf(error)}`)
  })

  return {
    async leave() {
      const isRunning = !isStopped()
      stop.abort()
      // A join that waits at the coordinator would hold up the leave behind it.
      await cluster.close()
      await running
      if (!isRunning) return
      await letGo(membership, connections)
    },
    abandon() {
      stop.abort()
      void cluster.close()
    },
  }
}

/** Takes the member out of its group if that can be done within some seconds; else the session's end does. */
async function letGo(membership: Membership, connections: MemberConnections): Promise<void> {
  const identity = membership.identity()
  if (identity.memberId === '' && identity.instance === null) return
  const leave = async (): Promise<void> => {
    const cluster = connections.open()
    try {
      const coordinator = await cluster.coordinatorOf('group', identity.group)
      await coordinator.send(leaveExchange(identity, longestLeaveMs))
    } finally {
      await cluster.close()
    }
  }
  await withinDeadline(leave(), deadlineIn(longestLeaveMs))
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
