import { expect, test } from 'vitest'
import { assertCloseCode, fitReason } from './close-frame.ts'

test.each([1000, 1001, 1003, 1007, 1014, 3000, 4000, 4999])('lets %i be sent', (code) => {
  expect(() => assertCloseCode(code)).not.toThrow()
})

test.each([0, 999, 1004, 1005, 1006, 1015, 2000, 2999, 5000, 1000.5, Number.NaN])(
  'keeps %d from being sent',
  (code) => {
    expect(() => assertCloseCode(code)).toThrow(expect.objectContaining({ code: 'channel/invalid_close_code' }))
  },
)

test('keeps a reason that fits', () => {
  expect(fitReason('x'.repeat(123))).toBe('x'.repeat(123))
})

test('cuts a reason at a character', () => {
  expect(fitReason('x'.repeat(124))).toBe('x'.repeat(123))
  expect(fitReason(`${'x'.repeat(121)}🧵 and more`)).toBe('x'.repeat(121))
})
