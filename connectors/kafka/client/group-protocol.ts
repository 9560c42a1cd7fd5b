// Requests of a group's member, with its name (static membership), which the library can not send.
import type { Exchange } from './broker-link.ts'
import { wireReader, wireWriter } from './wire.ts'

/** Who asks: the group, the id that the coordinator gave (empty before), the own name or null. */
export interface MemberIdentity {
  readonly group: string
  readonly memberId: string
  readonly instance: string | null
}

export interface JoinedMember {
  readonly memberId: string
  readonly instance: string | null
  readonly metadata: Buffer
}

export interface JoinAnswer {
  readonly code: number
  readonly generation: number
  readonly leaderId: string
  readonly memberId: string
  /** Told to the leader only. */
  readonly members: readonly JoinedMember[]
}

export interface SyncAnswer {
  readonly code: number
  readonly assignment: Buffer
}

export interface JoinOptions {
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocol: string
  readonly metadata: Buffer
  /** The coordinator answers when all members have joined, or the rebalance timeout is over. */
  readonly timeoutMs: number
}

export function joinExchange(
  { group, memberId, instance }: MemberIdentity,
  options: JoinOptions,
): Exchange<JoinAnswer> {
  return {
    apiKey: 11,
    apiVersion: 5,
    apiName: 'JoinGroup',
    about: `group ${group}`,
    timeoutMs: options.timeoutMs,
    body: wireWriter(512)
      .string(group)
      .int32(options.sessionTimeoutMs)
      .int32(options.rebalanceTimeoutMs)
      .string(memberId)
      .nullableString(instance)
      .string('consumer')
      .int32(1)
      .string(options.protocol)
      .bytes(options.metadata)
      .finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.int32()
      const code = answer.int16()
      const generation = answer.int32()
      answer.nullableString() // protocol
      return {
        code,
        generation,
        leaderId: answer.string(),
        memberId: answer.string(),
        members: answer.list(() => ({
          memberId: answer.string(),
          instance: answer.nullableString(),
          metadata: answer.bytes(),
        })),
      }
    },
  }
}

export function syncExchange(
  identity: MemberIdentity,
  generation: number,
  assignments: readonly (readonly [memberId: string, assignment: Buffer])[],
  timeoutMs: number,
): Exchange<SyncAnswer> {
  const request = beginWith(identity, generation)
  request.list(assignments, ([memberId, assignment]) => request.string(memberId).bytes(assignment))
  return {
    apiKey: 14,
    apiVersion: 3,
    apiName: 'SyncGroup',
    about: `group ${identity.group}`,
    timeoutMs,
    body: request.finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.int32()
      return { code: answer.int16(), assignment: answer.bytes() }
    },
  }
}

export function heartbeatExchange(
  identity: MemberIdentity,
  generation: number,
  timeoutMs: number,
): Exchange<number> {
  return {
    apiKey: 12,
    apiVersion: 3,
    apiName: 'Heartbeat',
    about: `group ${identity.group}`,
    timeoutMs,
    body: beginWith(identity, generation).finish(),
    decode: codeAfterThrottle,
  }
}

/** Also a member with a name is taken out at once; without its id the name is enough. */
export function leaveExchange(
  { group, memberId, instance }: MemberIdentity,
  timeoutMs: number,
): Exchange<number> {
  return {
    apiKey: 13,
    apiVersion: 3,
    apiName: 'LeaveGroup',
    about: `group ${group}`,
    timeoutMs,
    body: wireWriter(128).string(group).int32(1).string(memberId).nullableString(instance).finish(),
    decode: codeAfterThrottle,
  }
}

function beginWith({ group, memberId, instance }: MemberIdentity, generation: number) {
  return wireWriter(256).string(group).int32(generation).string(memberId).nullableString(instance)
}

function codeAfterThrottle(payload: Buffer): number {
  const answer = wireReader(payload)
  answer.int32()
  return answer.int16()
}
