import { expect, test } from 'vitest'
import { retryAfterMs } from './parse-retry-after.ts'

const EPOCH = Date.parse('Wed, 21 Oct 2015 07:28:00 GMT')

test('the reader of Retry-After takes seconds', () => {
  expect(retryAfterMs('0', undefined, EPOCH)).toBe(0)
  expect(retryAfterMs(' 120 ', undefined, EPOCH)).toBe(120_000)
})

test('the reader of Retry-After takes a date, from now on', () => {
  expect(retryAfterMs('Wed, 21 Oct 2015 07:28:30 GMT', undefined, EPOCH)).toBe(30_000)
  expect(retryAfterMs('Wednesday, 21-Oct-15 07:28:30 GMT', undefined, EPOCH)).toBe(30_000)
})

test("the reader of Retry-After measures a date against the server's own clock where it sends its time", () => {
  expect(retryAfterMs('Wed, 21 Oct 2015 09:00:05 GMT', 'Wed, 21 Oct 2015 09:00:00 GMT', EPOCH)).toBe(5000)
})

test('the reader of Retry-After takes a date that has passed as now', () => {
  expect(retryAfterMs('Wed, 21 Oct 2015 07:27:00 GMT', undefined, EPOCH)).toBe(0)
})

test.each([undefined, '', '-1', '1.5', 'soon', '2015-10-21', 'Wed, 99 Oct 2015 07:28:00 GMT'])(
  'the reader of Retry-After ignores %o',
  (value) => {
    expect(retryAfterMs(value, undefined, EPOCH)).toBeUndefined()
  },
)

test('the reader of Retry-After stays a finite number, whatever is asked', () => {
  expect(retryAfterMs('9'.repeat(400), undefined, EPOCH)).toBe(Number.MAX_SAFE_INTEGER)
})
