// The port between a market file on disk and the rows in it: pieces of bytes by plain calls.

/** Pieces of one file in order, inflated where it is gzip. */
export interface ByteSource {
  /**
   * The next piece, valid until the next call; null after the last. `line` is the line being read, for the
   * MarketFileError that a broken file throws.
   */
  read(line: number): Buffer | null
  /** Bytes of the file on disk that were used so far. */
  bytesRead(): number
  close(): void
}
