import { encodeFrame } from '@holdfast/shell-framing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Reader, type ShellPeer, text, World } from './support.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

/** Cuts the link, and accepts the next dial. */
async function back(peer: ShellPeer): Promise<ShellPeer> {
  peer.peer.drops()
  return world.shell()
}

const paints = (peer: ShellPeer, picture: string): void => peer.peer.sendsFrame(encodeFrame('screen', picture))

describe('a link that dies right after a return', () => {
  it('before the first frame loses nothing, either way', async () => {
    const { session, peer } = await world.attached()
    const reader = new Reader(session)
    peer.prints('abc')
    await world.until(() => reader.stdout === 'abc')
    await session.send('12')
    expect(await peer.typed()).toBe('12')
    const second = await back(peer)
    const sent = session.send('34')
    expect(second.query.get('received')).toBe('3')
    second.confirms({ out: 3, live: 6, in: 1 }, { reconnected: true })
    const third = await back(second)
    expect(third.query.get('received')).toBe('3')
    third.confirms({ out: 3, live: 9, in: 1 }, { reconnected: true })
    third.prints('defghijkl')
    await world.until(() => reader.stdout === 'abcdefghijkl')
    expect(await third.typed()).toBe('234')
    expect(reader.gaps).toEqual([])
    expect(reader.frames.map(({ replayed, payload }) => [text(payload), replayed])).toEqual([
      ['abc', false],
      ['defghi', true],
      ['jkl', false],
    ])
    third.acksInput(4)
    await world.passing(sent)
    await world.passing(session.detach())
  })

  it('inside the picture of a terminal asks for another one, and has what it shows once it is whole', async () => {
    const { session, peer } = await world.attached({ screen: 'frames' })
    const reader = new Reader(session)
    peer.prints('abc')
    await world.until(() => reader.stdout === 'abc')
    const second = await back(peer)
    second.confirms({ out: 900_000, live: 900_000, screen: { bytes: 10 } }, { reconnected: true })
    paints(second, 'half ')
    await world.until(() => reader.frames.some(({ channel }) => channel === 'screen'))
    expect(session.checkpoint()?.received).toBe(3)
    const third = await back(second)
    expect(third.query.get('received')).toBe('3')
    third.confirms({ out: 900_500, live: 900_500, screen: { bytes: 10 } }, { reconnected: true })
    paints(third, 'whole')
    paints(third, 'whole')
    third.prints('on')
    await world.until(() => reader.stdout === 'abcon')
    expect(session.checkpoint()?.received).toBe(900_502)
    const fourth = await back(third)
    expect(fourth.query.get('received')).toBe('900502')
    fourth.confirms({ out: 900_502, live: 900_502 }, { reconnected: true })
    await world.until(() => session.status.state === 'open')
    expect(reader.gaps).toEqual([])
    await world.passing(session.detach())
  })

  it('inside the first picture of all does not claim to have what it stands for', async () => {
    const { session, peer } = await world.attached(
      { screen: 'frames' },
      { out: 900_000, live: 900_000, screen: { bytes: 10 } },
    )
    paints(peer, 'half ')
    const second = await back(peer)
    expect(second.query.get('received')).toBe('0')
    second.confirms({ out: 900_000, live: 900_000, screen: { bytes: 4 } }, { reconnected: true })
    paints(second, 'done')
    await world.until(() => session.status.state === 'open')
    await world.passing(session.detach())
  })
})

it('a picture in place of output that a watcher was too slow for is no gap, and is had once it is whole', async () => {
  const { session, peer } = await world.attached({ screen: 'frames' }, { role: 'observer' })
  const reader = new Reader(session)
  peer.prints('abc')
  peer.controlsClient({ type: 'screen', at: 900, bytes: 10, size: { width: 80, height: 24 } })
  paints(peer, 'whole')
  await world.until(() => reader.frames.length === 2)
  expect(session.checkpoint()?.received).toBe(3)
  paints(peer, 'whole')
  peer.prints('on')
  await world.until(() => reader.stdout === 'abcon')
  expect(session.checkpoint()?.received).toBe(902)
  expect(reader.gaps).toEqual([])
  await world.passing(session.detach())
})
