// What a member knows between two requests, and what each answer of the coordinator means. No timers and no listener here.
import { assign } from './assignor.ts'
import { CODE, isCoordinatorMoved, nameOfCode } from './codes.ts'
import type { Connections } from './connections.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.ts'
import type { Subscription } from './consumer-protocol.ts'
import { heartbeatExchange, joinExchange, syncExchange } from './group-protocol.ts'
import type { JoinAnswer, MemberIdentity } from './group-protocol.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaFault } from './kafka-error.ts'
import type { MemberOptions } from './port.ts'
import { isPassing, refused } from './translate.ts'

export type Outcome =
  | { readonly kind: 'fine' }
  | { readonly kind: 'assigned'; readonly numbers: readonly number[]; readonly generation: number }
  /** The group begins a new generation: join again. */
  | { readonly kind: 'rebalance' }
  /** The coordinator does not know the member any more: join anew. */
  | { readonly kind: 'out'; readonly reason: string }
  /** No answer, or not from the right broker. It passes. */
  | { readonly kind: 'trouble'; readonly error: Error }
  | { readonly kind: 'fault'; readonly fault: KafkaFault; readonly detail: string }

export interface Membership {
  identity(): MemberIdentity
  /** Joins and is assigned; waits for the other members. `isStopped` is asked between two requests. */
  join(isStopped: () => boolean): Promise<Outcome>
  heartbeat(): Promise<Outcome>
  /** Nothing is the member's own any more. True when something was. */
  lose(): boolean
  /** Milliseconds since the coordinator last counted the member as one of the group. */
  silentMs(): number
}

/** Shown by outside tools as the group's protocol. */
const protocol = 'by-partition-number'

/** What a broker may take beyond the time that the protocol allows it. */
const graceMs = 5_000

export function createMembership(connections: Connections, options: MemberOptions): Membership {
  const { group, topics, partitions, sessionTimeoutMs } = options
  const instance = options.instance === '' ? null : options.instance
  const about = `group ${group}`
  let memberId = ''
  let generation = -1
  /** For stickiness: the last assignment, kept after it is lost; a later generation of another member outweighs it. */
  let owned: readonly number[] = []
  let ownedIn = -1
  let isAssigned = false
  let heardAt = performance.now()

  const identity = (): MemberIdentity => ({ group, memberId, instance })
  const heard = (): void => {
    heardAt = performance.now()
  }

  /** Codes that mean the same in every answer. */
  const meaningOf = (code: number, api: string): Outcome => {
    const reason = `${api} for ${about}: ${nameOfCode(code)}`
    if (isCoordinatorMoved(code)) {
      connections.forgetCoordinator('group', group)
      return { kind: 'trouble', error: new Error(reason) }
    }
    switch (code) {
      case CODE.REBALANCE_IN_PROGRESS:
        heard()
        return { kind: 'rebalance' }
      case CODE.UNKNOWN_MEMBER_ID:
        memberId = ''
        return { kind: 'out', reason }
      case CODE.ILLEGAL_GENERATION:
        return { kind: 'out', reason }
      case CODE.FENCED_INSTANCE_ID:
        return {
          kind: 'fault',
          fault: 'FENCED',
          detail: `${reason}: another process uses the name ${instance ?? ''}`,
        }
      default:
        return failed(refused(code, { broker: 'coordinator', api, about }))
    }
  }

  const failed = (error: unknown): Outcome => {
    if (!(error instanceof KafkaError)) throw error
    // What nobody knows the meaning of may pass; the session's end tells when it does not.
    if (isPassing(error) || error.fault === 'FAILED') return { kind: 'trouble', error }
    return { kind: 'fault', fault: error.fault, detail: error.message }
  }

  const joinOnce = async (): Promise<JoinAnswer> => {
    const coordinator = await connections.coordinatorOf('group', group)
    const subscription: Subscription = { topics, partitions, owned, generation: ownedIn }
    return coordinator.send(
      joinExchange(identity(), {
        sessionTimeoutMs,
        rebalanceTimeoutMs: sessionTimeoutMs,
        protocol,
        metadata: encodeSubscription(subscription),
        timeoutMs: sessionTimeoutMs + graceMs,
      }),
    )
  }

  const syncOnce = async (joined: JoinAnswer): Promise<Outcome> => {
    const coordinator = await connections.coordinatorOf('group', group)
    const assignments = joined.leaderId === joined.memberId ? assignmentsOf(options, joined) : []
    const exchange = syncExchange(identity(), generation, assignments, sessionTimeoutMs + graceMs)
    const answer = await coordinator.send(exchange)
    if (answer.code !== CODE.NONE) return meaningOf(answer.code, exchange.apiName)
    const { places, refused: why } = decodeAssignment(answer.assignment)
    if (why !== null) return { kind: 'fault', fault: 'CONFIGURATION', detail: `${about}: ${why}` }
    heard()
    owned = [...new Set(places.map(({ partition }) => partition))].sort((a, b) => a - b)
    ownedIn = generation
    isAssigned = true
    return { kind: 'assigned', numbers: owned, generation }
  }

  return {
    identity,
    async join(isStopped) {
      try {
        let joined = await joinOnce()
        if (joined.code === CODE.MEMBER_ID_REQUIRED && !isStopped()) {
          memberId = joined.memberId
          joined = await joinOnce()
        }
        if (joined.code === CODE.MEMBER_ID_REQUIRED) return { kind: 'rebalance' }
        if (joined.code !== CODE.NONE) return meaningOf(joined.code, 'JoinGroup')
        heard()
        memberId = joined.memberId
        generation = joined.generation
        if (isStopped()) return { kind: 'rebalance' }
        return await syncOnce(joined)
      } catch (error) {
        return failed(error)
      }
    },
    async heartbeat() {
      try {
        const coordinator = await connections.coordinatorOf('group', group)
        // A connection that is dead without a sign must be replaced while the session still lasts.
        const exchange = heartbeatExchange(identity(), generation, sessionTimeoutMs / 3)
        const code = await coordinator.send(exchange)
        if (code !== CODE.NONE) return meaningOf(code, exchange.apiName)
        heard()
        return { kind: 'fine' }
      } catch (error) {
        return failed(error)
      }
    },
    lose() {
      const wasAssigned = isAssigned
      isAssigned = false
      return wasAssigned
    },
    silentMs: () => performance.now() - heardAt,
  }
}

function assignmentsOf(
  { topics, partitions }: MemberOptions,
  { members }: JoinAnswer,
): readonly (readonly [string, Buffer])[] {
  const assigned = assign(
    { topics, partitions },
    members.map(({ memberId, instance, metadata }) => ({
      memberId,
      instance,
      subscription: decodeSubscription(metadata),
    })),
  )
  return [...assigned].map(([memberId, { numbers, refused: why }]) => [
    memberId,
    encodeAssignment({ topics, numbers, refused: why }),
  ])
}
