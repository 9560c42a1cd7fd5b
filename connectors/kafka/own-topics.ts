// Topics that the broker runtime keeps for itself: what the embedded log has in tables of its own.
import {
  accountCheckpoint,
  connectorNotes,
  marketCheckpoint,
  opsCheckpoint,
} from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'

/** Where the tasks of each sub-topology write down what they have processed. */
export const checkpoints = {
  market: marketCheckpoint,
  account: accountCheckpoint,
  ops: opsCheckpoint,
} as const

export const ownTopics: readonly Topic[] = [connectorNotes, ...Object.values(checkpoints)]
