// Topics, offsets and groups of a broker, as the port has them. Nothing here creates a topic by asking for it.
import { createTopicAdmin } from './admin-topics.ts'
import { createOffsetAdmin } from './admin-offsets.ts'
import { createGroupAdmin } from './admin-groups.ts'
import type { Cluster } from './connections.ts'
import type { AdminOptions } from './patience.ts'
import type { Admin } from './port.ts'

export function createAdmin(cluster: Cluster, options: AdminOptions): Admin {
  return {
    ...createTopicAdmin(cluster, options),
    ...createOffsetAdmin(cluster, options),
    ...createGroupAdmin(cluster, options),
  }
}
