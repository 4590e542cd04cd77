import { expect, it } from 'vitest'
import { shareCredentials } from './share-credentials.ts'

/** A function that answers when the test says so. */
function slow() {
  const waiting: ((token: string) => void)[] = []
  let calls = 0
  const call = (..._asked: unknown[]): Promise<string> => {
    calls += 1
    return new Promise((resolve) => waiting.push(resolve))
  }
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await undefined
  }
  return { call, calls: () => calls, answer: (token: string) => waiting.shift()?.(token), turns }
}

it('a shared call for credentials is one call for all who ask while it is under way, and a new one after it', async () => {
  const { call, calls, answer } = slow()
  const token = shareCredentials(call)
  const asked = [token(), token(), token()]
  answer('one')
  expect([await Promise.all(asked), calls()]).toEqual([['one', 'one', 'one'], 1])
  const later = token()
  answer('two')
  expect([await later, calls()]).toEqual(['two', 2])
})

it('a shared call for credentials keeps apart what is asked for', async () => {
  const { call, calls, answer } = slow()
  const connect = shareCredentials(call)
  const asked = [connect('shell-1', 's'), connect('shell-2', 's')]
  expect(calls()).toBe(2)
  answer('a')
  answer('b')
  expect(await Promise.all(asked)).toEqual(['a', 'b'])
})

it('a refusal waits for the call under way, then asks anew, once for all who were refused', async () => {
  const { call, calls, answer, turns } = slow()
  const token = shareCredentials(call)
  const first = token({ reason: 'retry' })
  const refused = [token({ reason: 'refused' }), token({ refused: true })]
  await turns()
  expect(calls()).toBe(1)
  answer('old')
  await turns()
  expect(calls()).toBe(2)
  answer('new')
  expect([await first, await Promise.all(refused)]).toEqual(['old', ['new', 'new']])
})

it('a call that fails fails for all who share it, and the next asks anew', async () => {
  let calls = 0
  const token = shareCredentials(async () => {
    calls += 1
    if (calls === 1) throw new Error('the identity provider is away')
    return 'token'
  })
  const asked = [token(), token()]
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await token()).toBe('token')
})
