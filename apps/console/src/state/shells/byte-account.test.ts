import type { ShellOutput } from '@holdfast/shell'
import { expect, it } from 'vitest'
import { ByteAccount } from './byte-account.ts'

function frame(bytes: number, replayed: boolean): ShellOutput {
  return {
    ...{ channel: 'stdout', rawChannelByte: 1, payload: new Uint8Array(bytes), text: '', replayed },
    json: () => undefined,
  }
}

function setUp() {
  const shell = { position: 0, unacknowledged: 0 }
  const account = new ByteAccount({
    unacknowledgedBytes: () => shell.unacknowledged,
    position: () => shell.position,
  })
  const take = (bytes: number, advances: number, replayed = true): void => {
    account.take(frame(bytes, replayed))
    shell.position += advances
  }
  take(100, 100, false)
  account.began('the link broke')
  return { account, shell, take }
}

it('the account of bytes counts the bytes that came late, and what was typed meanwhile', async () => {
  const { account, shell, take } = setUp()
  shell.unacknowledged = 22
  const ended = account.ended()
  take(40, 40)
  take(5, 5, false)
  const { caughtUp, lost, doubled, kept } = await ended
  expect([caughtUp, lost, doubled, kept]).toEqual(['40 bytes caught up', 0, 0, '22 bytes you typed kept'])
})

it('the account of bytes sees bytes that the terminal got twice, and those that are missing', async () => {
  const { account, shell, take } = setUp()
  const ended = account.ended()
  take(40, 30)
  const gap = { channel: 'gap', rawChannelByte: -1, payload: new Uint8Array(0), text: '', replayed: false } as const
  account.take({ ...gap, missingBytes: 7, reason: 'overflow', json: () => undefined })
  shell.position += 7
  expect(await ended).toMatchObject({ lost: 7, doubled: 10 })
})
