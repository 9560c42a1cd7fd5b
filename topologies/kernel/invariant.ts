// A bug is a broken invariant: it throws and stops the task. The world's failures are records instead.

export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Throws an InvariantError unless the condition holds. The text says what was expected and what was seen. */
export function invariant(condition: unknown, text: string): asserts condition {
  if (condition === false || condition === null || condition === undefined)
    throw new InvariantError(text)
}
