// What this process has written and may not be able to read yet: a broker answers a commit before it has marked the
// transaction's end in every partition, and readers of committed records stop before an unmarked one.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Appended, PartitionOffset, RecordBatches } from './client/port.ts'
import { offsetsByPlace, placeName } from './tables.ts'

/** Pause between two looks at the ends. */
const lookMs = 2

export interface Written {
  note(batches: readonly RecordBatches[], appended: readonly Appended[]): void
  /** Resolves when everything that was noted before the call can be read. */
  readable(): Promise<void>
}

export function createWritten(admin: Admin): Written {
  const ends = new Map<string, PartitionOffset>()
  return {
    note(batches, appended) {
      for (const [i, { topic, partition, offsetOf }] of appended.entries()) {
        const offset = offsetOf(batches[i]!.count - 1) + 1
        ends.set(placeName(topic, partition), { topic, partition, offset })
      }
    },
    async readable() {
      let wanted = [...ends]
      while (wanted.length > 0) {
        const found = offsetsByPlace(
          await admin.endOffsets(
            wanted.map(([, place]) => place),
            'stable',
          ),
        )
        for (const [name, place] of wanted)
          if ((found.get(name) ?? 0) >= place.offset && ends.get(name) === place) ends.delete(name)
        wanted = wanted.filter(([name, place]) => (found.get(name) ?? 0) < place.offset)
        if (wanted.length > 0) await sleep(lookMs)
      }
    },
  }
}
