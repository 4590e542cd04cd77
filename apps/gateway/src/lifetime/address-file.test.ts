import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addressFile, readAddress, removeAddress, writeAddress } from './address-file.ts'

const ADDRESS = { url: 'http://127.0.0.1:4600', token: 'secret', pid: 7 }
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-address-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('an address is read as it was written, and its owner alone can', () => {
  writeAddress(folder, { ...ADDRESS, pid: 6 })
  writeAddress(folder, ADDRESS)
  expect(readAddress(folder)).toEqual(ADDRESS)
  expect(statSync(addressFile(folder)).mode & 0o777).toBe(0o600)
})

it('a gateway removes its own address, and not that of the next one', () => {
  writeAddress(folder, ADDRESS)
  removeAddress(folder, { pid: 8 })
  expect(readAddress(folder)).toEqual(ADDRESS)
  removeAddress(folder, ADDRESS)
  expect(readAddress(folder)).toBeUndefined()
})

it.each(['', '{"url":', '\0\0\0\0', 'null', '{"url":1}', '{"url":"http://a","token":"t"}'])(
  'an address that is %j is none',
  (text) => {
    writeFileSync(addressFile(folder), text)
    expect(readAddress(folder)).toBeUndefined()
  },
)
