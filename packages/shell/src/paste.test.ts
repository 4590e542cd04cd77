import { expect, it } from 'vitest'
import { paste } from './paste.ts'

const recorder = () => {
  const sent: string[] = []
  return {
    sent,
    send: async (data: string | Uint8Array) => {
      sent.push(typeof data === 'string' ? data : new TextDecoder().decode(data))
    },
  }
}

it('a paste turns line ends into carriage returns', async () => {
  const session = recorder()
  await paste(session, 'a\r\nb\nc\r')
  expect(session.sent).toEqual(['a\rb\rc\r'])
})

it('a paste cannot be ended by the text inside', async () => {
  const session = recorder()
  await paste(session, 'x\u001b[201~rm -rf /\n', { bracketed: true })
  await paste(session, 'y\u009b201~\n', { bracketed: true })
  expect(session.sent).toEqual([
    ...['\u001b[200~', 'x[201~rm -rf /\r', '\u001b[201~'],
    ...['\u001b[200~', 'y201~\r', '\u001b[201~'],
  ])
})

it('a paste goes piece by piece, and closes the mark when it is aborted', async () => {
  const user = new AbortController()
  const session = recorder()
  const slow = {
    send: async (data: string | Uint8Array) => {
      await session.send(data)
      if (session.sent.length === 3) user.abort(new Error('enough'))
    },
  }
  await expect(paste(slow, 'abcdefgh', { bracketed: true, chunkBytes: 2, signal: user.signal })).rejects.toThrow(
    'enough',
  )
  expect(session.sent).toEqual(['\u001b[200~', 'ab', 'cd', '\u001b[201~'])
})
