// Which records of one fetch belong to aborted transactions. The broker lists the transactions that it aborted in the
// order in which they ended, so the list says nothing before it is sorted; and a record key says nothing about aborts.

/** An aborted transaction that has records in the fetched range. */
export interface AbortedTransaction {
  readonly producerId: bigint
  /** Its first record in this partition, maybe before the fetched range. */
  readonly firstOffset: number
}

/** Asked batch by batch, in the order of offsets. A batch has one producer and one transaction. */
export interface AbortedFilter {
  /** Whether a transactional data batch that ends at this offset was aborted. */
  drops(producerId: bigint, lastOffset: number): boolean
  /** An abort marker of this producer lies at this offset: what it writes next is another transaction. */
  endAborted(producerId: bigint, lastOffset: number): void
}

const nothingAborted: AbortedFilter = { drops: () => false, endAborted: () => undefined }

/** The filter for one answer of the broker, which lists all aborted transactions of the range that it returns. */
export function createAbortedFilter(listed: readonly AbortedTransaction[]): AbortedFilter {
  if (listed.length === 0) return nothingAborted
  const inOrder = listed.toSorted((left, right) => left.firstOffset - right.firstOffset)
  const open = new Set<bigint>()
  let next = 0
  // Several may begin before one batch, above all when reading starts in their middle.
  const admit = (offset: number): void => {
    for (; next < inOrder.length && inOrder[next]!.firstOffset <= offset; next++)
      open.add(inOrder[next]!.producerId)
  }
  return {
    drops(producerId, lastOffset) {
      admit(lastOffset)
      return open.has(producerId)
    },
    endAborted(producerId, lastOffset) {
      admit(lastOffset)
      open.delete(producerId)
    },
  }
}
