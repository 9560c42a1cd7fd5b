// Groups of a broker and who is in them, those of other programs too.
import { CODE, isCoordinatorMoved } from './codes.ts'
import type { Cluster } from './connections.ts'
import { decodeAssignment } from './consumer-protocol.ts'
import { KafkaError } from './kafka-error.ts'
import { patiently } from './patience.ts'
import type { AdminOptions } from './patience.ts'
import type { Admin, GroupDescription, TopicPartition } from './port.ts'
import { refused } from './translate.ts'

type GroupAdmin = Pick<Admin, 'groups' | 'deleteGroups'>

export function createGroupAdmin(cluster: Cluster, { patienceMs }: AdminOptions): GroupAdmin {
  return {
    groups: () =>
      patiently(
        patienceMs,
        async () => {
          const nodeIds = await cluster.nodeIds()
          const groups = await Promise.all(nodeIds.map((nodeId) => groupsOf(cluster, nodeId)))
          return groups.flat().sort((a, b) => (a.name < b.name ? -1 : 1))
        },
        () => new KafkaError('UNREACHABLE', 'expected groups, was no answer'),
      ),

    async deleteGroups(names) {
      for (const name of names)
        await patiently(
          patienceMs,
          async () => ((await deleteOnce(cluster, name)) ? true : null),
          () => new KafkaError('UNREACHABLE', `expected a coordinator of group ${name}, was none`),
        )
    },
  }
}

/** A broker lists the groups that it coordinates, so it can describe them all in one answer. */
async function groupsOf(cluster: Cluster, nodeId: number): Promise<readonly GroupDescription[]> {
  const { api } = await cluster.link(nodeId)
  const listed = (await api.listGroups()).groups
  if (listed.length === 0) return []
  const { groups } = await api.describeGroups({ groupIds: listed.map(({ groupId }) => groupId) })
  return groups.map(({ groupId, state, protocolType, members }) => ({
    name: groupId,
    state,
    members: members.map(({ memberId, clientHost, memberAssignment }) => ({
      id: memberId,
      host: clientHost,
      partitions: protocolType === 'consumer' ? placesOf(memberAssignment) : [],
    })),
  }))
}

function placesOf(assignment: Buffer | null): readonly TopicPartition[] {
  try {
    return assignment === null ? [] : decodeAssignment(assignment).places
  } catch {
    // Between two generations it is empty, and other programs may write what they like.
    return []
  }
}

/** False when another coordinator has to be asked. */
async function deleteOnce(cluster: Cluster, name: string): Promise<boolean> {
  const { api, nodeId } = await cluster.coordinatorOf('group', name)
  const { results } = await api.deleteGroups([name])
  const code = results[0]?.errorCode ?? CODE.NONE
  if (isCoordinatorMoved(code)) {
    cluster.forgetCoordinator('group', name)
    return false
  }
  if (code !== CODE.NONE && code !== CODE.GROUP_ID_NOT_FOUND)
    throw refused(code, { broker: String(nodeId), api: 'DeleteGroups', about: `group ${name}` })
  return true
}
