// Many small questions at once, but not all of them: a registry on a small machine answers a handful well.

/** Does the work for every item, at most `limit` at a time, and gives the results in order. Rejects with the first failure. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  limit = 8,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  let isOver = false
  const worker = async (): Promise<void> => {
    while (!isOver && next < items.length) {
      const index = next++
      results[index] = await work(items[index]!)
    }
  }
  try {
    await Promise.all(Array.from({ length: limit }, worker))
  } finally {
    isOver = true
  }
  return results
}
