// A venue that this log must not go on with, in words that say what to do. Anything else that stops the gateway is a bug,
// or a failure of the log.

/** The venue can't be the one that the log followed. Its text is all that is to be said; no event was taken from it. */
export class VenueError extends Error {
  override readonly name = 'VenueError'
}
