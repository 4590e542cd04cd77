import { expect, it } from 'vitest'
import { HUB_CLOSE, hubCloseMeaning } from './close-codes.ts'

it('the hub’s table of close codes ends for good on every 4000 to 4999 except 4408 and 4429', () => {
  for (let code = 1000; code < 6000; code++) {
    expect(hubCloseMeaning(code).terminal, `${code}`).toBe(
      code >= 4000 && code <= 4999 && code !== 4408 && code !== 4429,
    )
  }
  expect(hubCloseMeaning(undefined)).toEqual({ terminal: false })
})

it('the table of close codes names every code', () => {
  for (const [name, code] of Object.entries(HUB_CLOSE)) expect(hubCloseMeaning(code).name).toBe(name)
  expect(hubCloseMeaning(4999).name).toBeUndefined()
})
