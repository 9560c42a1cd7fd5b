// Texts of keys and header names. They repeat (symbols, accounts, topic names), so they are looked up by their bytes
// instead of being decoded each time; one string for equal keys also makes every map of keys faster.

/** Slots, a power of two. A key that falls on another's slot takes it. */
const slots = 2_048

/** Longer texts rarely repeat. */
const longestKept = 40

/** Decodes UTF-8, and remembers short ASCII texts. */
export function createKeyTexts(): (bytes: Buffer, start: number, length: number) => string {
  const kept = new Array<string>(slots).fill('')
  return (bytes, start, length) => {
    if (length > longestKept) return bytes.toString('utf8', start, start + length)
    let hash = length
    for (let i = start; i < start + length; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0
    const slot = (hash ^ (hash >>> 11)) & (slots - 1)
    const text = kept[slot]!
    if (isSame(text, bytes, start, length)) return text
    const decoded = bytes.toString('utf8', start, start + length)
    // A text of as many characters as bytes is ASCII: only such can be compared byte by byte.
    if (decoded.length === length) kept[slot] = decoded
    return decoded
  }
}

function isSame(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}
