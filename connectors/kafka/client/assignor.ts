// Who works on which partition numbers: one number is one task over all topics of the group. Balanced, and with as little
// moving as balance allows. Pure: every leader comes to the same result.
import type { Subscription } from './consumer-protocol.ts'

export interface Candidate {
  readonly memberId: string
  /** Its name if it has one: it orders members, so that a restart changes nothing. */
  readonly instance: string | null
  /** Null when what it said could not be read. */
  readonly subscription: Subscription | null
}

export interface Assigned {
  readonly numbers: readonly number[]
  /** Why a member gets none although it is there; null for the others. */
  readonly refused: string | null
}

/**
 * Numbers by member id. Members that read other topics, or know another number of partitions, than the leader does are
 * refused: they are of another version, and both would be wrong about whole topics.
 */
export function assign(
  leader: Pick<Subscription, 'topics' | 'partitions'>,
  candidates: readonly Candidate[],
): ReadonlyMap<string, Assigned> {
  const assigned = new Map<string, Assigned>()
  const fitting: Fitting[] = []
  for (const candidate of sorted(candidates)) {
    const { memberId, subscription } = candidate
    const refused = mismatch(leader, subscription)
    if (refused === null && subscription !== null) fitting.push({ memberId, subscription })
    else assigned.set(memberId, { numbers: [], refused })
  }
  for (const [memberId, numbers] of dealt(leader.partitions, fitting))
    assigned.set(memberId, { numbers, refused: null })
  return assigned
}

interface Fitting {
  readonly memberId: string
  readonly subscription: Subscription
}

function sorted(candidates: readonly Candidate[]): Candidate[] {
  const keyOf = ({ instance, memberId }: Candidate): string => instance ?? memberId
  return [...candidates].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0))
}

function mismatch(
  leader: Pick<Subscription, 'topics' | 'partitions'>,
  member: Subscription | null,
): string | null {
  if (member === null) return 'expected a member of this program, was another client of the group'
  const missing = leader.topics.filter((topic) => !member.topics.includes(topic))
  const unknown = member.topics.filter((topic) => !leader.topics.includes(topic))
  if (missing.length > 0 || unknown.length > 0)
    return `expected the topics that the leader of the group reads, was without [${missing.join(', ')}] and with [${unknown.join(', ')}]: another version of the program is in the group`
  if (member.partitions !== leader.partitions)
    return `expected ${leader.partitions} partitions as the leader of the group does, was ${member.partitions}`
  return null
}

function dealt(partitions: number, members: readonly Fitting[]): ReadonlyMap<string, number[]> {
  const numbers = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]))
  if (members.length === 0) return numbers
  const claims = claimsOf(partitions, members)
  const least = Math.floor(partitions / members.length)
  // Those that hold most may keep one more: fewer numbers move.
  const byClaims = [...members].sort(
    (a, b) => (claims.get(b.memberId)?.length ?? 0) - (claims.get(a.memberId)?.length ?? 0),
  )
  const quota = new Map(
    byClaims.map(({ memberId }, rank) => [
      memberId,
      least + (rank < partitions % members.length ? 1 : 0),
    ]),
  )
  const free = new Set(Array.from({ length: partitions }, (_, number) => number))
  for (const { memberId } of members)
    for (const number of (claims.get(memberId) ?? []).slice(0, quota.get(memberId) ?? 0)) {
      numbers.get(memberId)?.push(number)
      free.delete(number)
    }
  const rest = free.values()
  for (const { memberId } of members) {
    const own = numbers.get(memberId) ?? []
    while (own.length < (quota.get(memberId) ?? 0)) {
      const { value, done } = rest.next()
      if (done === true) break
      own.push(value)
    }
    own.sort((a, b) => a - b)
  }
  return numbers
}

/** Numbers that a member held last, in order; of several that say so, the one of the latest generation did. */
function claimsOf(partitions: number, members: readonly Fitting[]): Map<string, number[]> {
  const claims = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]))
  for (let number = 0; number < partitions; number += 1) {
    let holder: Fitting | null = null
    for (const member of members) {
      if (!member.subscription.owned.includes(number)) continue
      if (holder === null || member.subscription.generation > holder.subscription.generation)
        holder = member
    }
    if (holder !== null) claims.get(holder.memberId)?.push(number)
  }
  return claims
}
