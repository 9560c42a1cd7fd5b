// Cuts a byte stream of the Kafka protocol into its frames. It looks at sizes only, never into what the frames carry.

const sizeBytes = 4

/** Takes chunks as they come and calls `onFrame` with each whole frame, its size field included. */
export function frameSplitter(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  return (chunk) => {
    waiting.push(chunk)
    waitingBytes += chunk.length
    if (waitingBytes < wantedBytes(waiting)) return
    let bytes = Buffer.concat(waiting)
    while (bytes.length >= wantedBytes([bytes])) {
      const end = sizeBytes + bytes.readInt32BE(0)
      onFrame(bytes.subarray(0, end))
      bytes = bytes.subarray(end)
    }
    waiting = [bytes]
    waitingBytes = bytes.length
  }
}

/** Bytes needed for the first frame, or for its size while even that is not there. */
function wantedBytes(chunks: readonly Buffer[]): number {
  const [first] = chunks
  if (first === undefined) return sizeBytes
  if (first.length >= sizeBytes) return sizeBytes + first.readInt32BE(0)
  const head = Buffer.concat(chunks)
  return head.length < sizeBytes ? sizeBytes : sizeBytes + head.readInt32BE(0)
}

/** What a request asks for: its API key. */
export function requestKey(frame: Buffer): number {
  return frame.readInt16BE(4)
}

export function requestCorrelation(frame: Buffer): number {
  return frame.readInt32BE(8)
}

export function answerCorrelation(frame: Buffer): number {
  return frame.readInt32BE(4)
}
