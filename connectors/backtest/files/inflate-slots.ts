// The shared memory between a reader and the thread that inflates for it: a ring of slots and two counters.
// It knows bytes only, and either side may block on the other: that is what makes reading synchronous.

const SLOT_COUNT = 4
export const SLOT_BYTES = 256 * 1024

/** Indexes of the shared counters. Lengths of the slots follow them. */
export const WRITTEN = 0
const TAKEN = 1
const CLOSED = 2
const LENGTHS = 3

/** What a slot holds. */
export type SlotContent = 'bytes' | 'end' | 'fault'

/** Both views of the memory. `usedBytes` counts bytes of the file behind each slot. */
export interface InflateSlots {
  memory: SharedArrayBuffer
  counters: Int32Array
  usedBytes: Float64Array
  bytes: Buffer
}

const COUNTER_BYTES = 64
const USED_BYTES = 8 * SLOT_COUNT
const DATA_FROM = COUNTER_BYTES + USED_BYTES

/** Memory of about 1 MB, made by the reader. */
export function makeSlots(): InflateSlots {
  return viewSlots(new SharedArrayBuffer(DATA_FROM + SLOT_COUNT * SLOT_BYTES))
}

/** The same memory as seen by the other side. */
export function viewSlots(memory: SharedArrayBuffer): InflateSlots {
  return {
    memory,
    counters: new Int32Array(memory, 0, COUNTER_BYTES / 4),
    usedBytes: new Float64Array(memory, COUNTER_BYTES, SLOT_COUNT),
    bytes: Buffer.from(memory, DATA_FROM, SLOT_COUNT * SLOT_BYTES),
  }
}

/** Waits for a free slot and fills it; false when the reader has gone. At most SLOT_BYTES. */
export function putSlot(
  slots: InflateSlots,
  content: SlotContent,
  piece: Buffer,
  usedBytes: number,
): boolean {
  const { counters } = slots
  const written = Atomics.load(counters, WRITTEN)
  let taken = Atomics.load(counters, TAKEN)
  while (written - taken >= SLOT_COUNT && Atomics.load(counters, CLOSED) === 0) {
    Atomics.wait(counters, TAKEN, taken)
    taken = Atomics.load(counters, TAKEN)
  }
  if (Atomics.load(counters, CLOSED) !== 0) return false
  const slot = written % SLOT_COUNT
  piece.copy(slots.bytes, slot * SLOT_BYTES)
  slots.usedBytes[slot] = usedBytes
  Atomics.store(counters, LENGTHS + slot, encodeLength(content, piece.length))
  Atomics.add(counters, WRITTEN, 1)
  Atomics.notify(counters, WRITTEN)
  return true
}

/** One filled slot; its bytes are valid until `freeSlot`. */
export interface FilledSlot {
  content: SlotContent
  bytes: Buffer
  usedBytes: number
}

/** Waits for a filled slot; null when nothing came within the time. */
export function takeSlot(slots: InflateSlots, waitMs: number): FilledSlot | null {
  const { counters } = slots
  const taken = Atomics.load(counters, TAKEN)
  if (Atomics.load(counters, WRITTEN) === taken) {
    if (Atomics.wait(counters, WRITTEN, taken, waitMs) === 'timed-out') return null
  }
  const slot = taken % SLOT_COUNT
  const { content, length } = decodeLength(Atomics.load(counters, LENGTHS + slot))
  const bytes = slots.bytes.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + length)
  return { content, bytes, usedBytes: slots.usedBytes[slot] ?? 0 }
}

/** Gives the slot taken last back to the thread. */
export function freeSlot(slots: InflateSlots): void {
  Atomics.add(slots.counters, TAKEN, 1)
  Atomics.notify(slots.counters, TAKEN)
}

/** Tells the thread that nobody reads any more. */
export function closeSlots(slots: InflateSlots): void {
  Atomics.store(slots.counters, CLOSED, 1)
  Atomics.notify(slots.counters, TAKEN)
}

const contents: readonly SlotContent[] = ['bytes', 'end', 'fault']

function encodeLength(content: SlotContent, length: number): number {
  return length * contents.length + contents.indexOf(content)
}

function decodeLength(code: number): { content: SlotContent; length: number } {
  const content = contents[code % contents.length] ?? 'fault'
  return { content, length: Math.floor(code / contents.length) }
}
