// Ends of partitions and offsets of groups, in one request a broker.
import { listOffsetsExchange, offsetsExchange, stableOffsetsExchange } from './admin-protocol.ts'
import type { CommittedAnswer, OffsetAnswer, OffsetKind } from './admin-protocol.ts'
import type { BrokerLink, Exchange } from './broker-link.ts'
import { CODE, isCoordinatorMoved, nameOfCode } from './codes.ts'
import type { Cluster } from './connections.ts'
import { KafkaError } from './kafka-error.ts'
import { isAskedAgain, patiently } from './patience.ts'
import type { AdminOptions } from './patience.ts'
import type { Admin, PartitionOffset, TopicPartition } from './port.ts'
import { refused } from './translate.ts'

type OffsetAdmin = Pick<Admin, 'startOffsets' | 'endOffsets' | 'committed'>

export function createOffsetAdmin(cluster: Cluster, { patienceMs }: AdminOptions): OffsetAdmin {
  return {
    startOffsets: (places) => listOffsets(cluster, places, 'start', patienceMs),
    endOffsets: (places, end) => listOffsets(cluster, places, end, patienceMs),
    async committed(group, places) {
      const found = await collected(
        places,
        patienceMs,
        (rest) => committedOnce(cluster, group, rest),
        `offsets of group ${group}`,
      )
      return found.filter(({ offset }) => offset >= 0)
    },
  }
}

async function listOffsets(
  cluster: Cluster,
  places: readonly TopicPartition[],
  kind: OffsetKind,
  patienceMs: number,
): Promise<readonly PartitionOffset[]> {
  const ask = async (rest: readonly TopicPartition[]): Promise<readonly OffsetAnswer[]> => {
    const byLeader = new Map<BrokerLink, TopicPartition[]>()
    const leaders = await Promise.all(rest.map((place) => cluster.leaderOf(place)))
    rest.forEach((place, index) => {
      const leader = leaders[index]
      if (leader === undefined) return
      const list = byLeader.get(leader) ?? []
      byLeader.set(leader, list)
      list.push(place)
    })
    const answers = await Promise.all(
      [...byLeader].map(async ([leader, led]) => {
        const exchange = listOffsetsExchange(led, kind)
        return decidedOf(await leader.send(exchange), leader, exchange)
      }),
    )
    const found = answers.flat()
    if (found.length < rest.length)
      await cluster.refresh([...new Set(rest.map(({ topic }) => topic))])
    return found
  }
  return collected(places, patienceMs, ask, `${kind} offsets`)
}

async function committedOnce(
  cluster: Cluster,
  group: string,
  places: readonly TopicPartition[],
): Promise<readonly OffsetAnswer[]> {
  const coordinator = await cluster.coordinatorOf('group', group)
  const exchange = offsetFetchFor(coordinator)(group, places)
  const answer = await coordinator.send(exchange)
  if (answer.code === CODE.NONE) {
    // Of a topic that is gone there is no offset; that is no reason to ask again.
    const offsets = answer.offsets.map((one) =>
      one.code === CODE.UNKNOWN_TOPIC_OR_PARTITION ? { ...one, code: CODE.NONE, offset: -1 } : one,
    )
    return decidedOf(offsets, coordinator, exchange)
  }
  if (isCoordinatorMoved(answer.code)) {
    cluster.forgetCoordinator('group', group)
    return []
  }
  throw refusedBy(coordinator, exchange, answer.code, '')
}

const offsetFetchApiKey = 9
const stableVersion = 7

function offsetFetchFor({
  api,
}: BrokerLink): (group: string, places: readonly TopicPartition[]) => Exchange<CommittedAnswer> {
  const newest = api.versions[offsetFetchApiKey]?.maxVersion ?? 0
  return newest >= stableVersion ? stableOffsetsExchange : offsetsExchange
}

/** Answers that need not be asked for again. Throws for what will not get better. */
function decidedOf<T>(
  answers: readonly OffsetAnswer[],
  link: BrokerLink,
  exchange: Exchange<T>,
): readonly OffsetAnswer[] {
  return answers.filter(({ topic, partition, code }) => {
    if (code === CODE.NONE) return true
    if (isAskedAgain(code)) return false
    throw refusedBy(link, exchange, code, `${topic}/${partition}`)
  })
}

function refusedBy<T>(
  { nodeId }: BrokerLink,
  { apiName, about }: Exchange<T>,
  code: number,
  place: string,
): KafkaError {
  const subject = place === '' ? (about ?? '') : place
  return refused(code, { broker: String(nodeId), api: apiName, about: subject })
}

/** Asks for what is not answered yet until all is, in the order of `places`. */
async function collected(
  places: readonly TopicPartition[],
  patienceMs: number,
  ask: (rest: readonly TopicPartition[]) => Promise<readonly OffsetAnswer[]>,
  what: string,
): Promise<readonly PartitionOffset[]> {
  const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`
  const found = new Map<string, number>()
  let rest = places
  await patiently(
    patienceMs,
    async () => {
      if (rest.length === 0) return true
      for (const answer of await ask(rest)) found.set(keyOf(answer), answer.offset)
      rest = places.filter((place) => !found.has(keyOf(place)))
      return rest.length === 0 ? true : null
    },
    () =>
      new KafkaError(
        'FAILED',
        `expected ${what} for ${rest.map(keyOf).join(', ')}, was none within ${patienceMs} ms (an election, or ${nameOfCode(CODE.UNSTABLE_OFFSET_COMMIT)}: a transaction that is open, and hangs if this goes on)`,
      ),
  )
  return places.map(({ topic, partition }) => ({
    topic,
    partition,
    offset: found.get(`${topic}/${partition}`) ?? -1,
  }))
}
