// A proxy that cut a frame wrongly would look like a broken broker.
import { expect, test } from 'vitest'
import { frameSplitter } from './kafka-frames.ts'

function frame(text: string): Buffer {
  const bytes = Buffer.from(`0000${text}`)
  bytes.writeInt32BE(text.length, 0)
  return bytes
}

const whole = Buffer.concat([frame('one'), frame(''), frame('three hundred')])

test.for([1, 2, 3, 5, 7, 9, whole.length])('frames come whole from chunks of %i bytes', (size) => {
  const frames: string[] = []
  const take = frameSplitter((one) => frames.push(one.subarray(4).toString()))
  for (let at = 0; at < whole.length; at += size) take(whole.subarray(at, at + size))
  expect(frames).toEqual(['one', '', 'three hundred'])
})

test('a frame that is not whole yet is held back', () => {
  const frames: Buffer[] = []
  const take = frameSplitter((one) => frames.push(one))
  take(whole.subarray(0, whole.length - 1))
  expect(frames).toHaveLength(2)
})
