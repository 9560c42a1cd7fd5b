// Working by hand until everything that is in the log has been processed: for tests and for looking at one step at a time.
import type { Alarm } from './alarm.ts'
import type { KafkaClient } from './client/port.ts'
import type { Group } from './group.ts'
import type { Tables } from './tables.ts'
import type { Written } from './written.ts'
import { offsetsByPlace, placeName } from './tables.ts'

/** Longest wait for a record that lies in the log and has not arrived. */
const arriveMs = 20

export interface QuietOptions {
  readonly client: KafkaClient
  readonly groups: readonly Group[]
  readonly tables: Tables
  readonly written: Written
  /** Rings when something was committed here or a table has moved. */
  readonly moved: Alarm
}

/** Resolves when every input of every task here is processed and every table has come to its end. */
export async function quiet({
  client,
  groups,
  tables,
  written,
  moved,
}: QuietOptions): Promise<void> {
  for (;;) {
    let hasWorked = false
    for (const { tasks } of groups)
      for (const task of tasks()) while (await task.step(null)) hasWorked = true
    if (hasWorked) continue
    await written.readable()
    const places = [
      ...groups.flatMap(({ tasks }) => tasks().flatMap((task) => task.committed())),
      ...tables.places(),
    ]
    const ends = offsetsByPlace(await client.admin.endOffsets(places, 'stable'))
    const isBehind = places.some(
      ({ topic, partition, offset }) => offset < (ends.get(placeName(topic, partition)) ?? 0),
    )
    if (!isBehind) return
    await moved.sleep(arriveMs)
  }
}
