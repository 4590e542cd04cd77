import { memoryLog } from '@holdfast/log'
import { describe, expect, it } from 'vitest'
import { openTracker } from '../../src/tracker/index.ts'
import type { AgentLink } from '../../src/tracker/tracker.ts'
import { useWorld } from './support.ts'

const world = useWorld()

/** An agent that notes what happens to it. */
function link(agent: string): AgentLink & { woken: number; restarted: number } {
  return {
    agent,
    woken: 0,
    restarted: 0,
    wake() {
      this.woken += 1
    },
    restart() {
      this.restarted += 1
    },
    send() {},
  }
}

describe('a tracker whose log is away', () => {
  it('refuses meanwhile, follows again by itself, and wakes those for whom something came', async () => {
    const { tracker } = await world.now.node()
    const other = await world.now.node()
    const ann = link('ann')
    await tracker.join(ann)
    world.now.log.isAway = true
    await expect(tracker.say('person', { chat_id: 'lobby', content: 'lost?' })).rejects.toMatchObject({
      code: 'tracker/unavailable',
    })
    await world.now.clock.advance(60_000)
    world.now.log.isAway = false
    // Written by one that is awake, while the other still waits before it looks again.
    const saying = other.tracker.say('person', { chat_id: 'lobby', content: 'here' })
    await world.now.passing(saying)
    await world.now.until(() => tracker.state.inbox('ann').size === 1)
    expect(ann.woken).toBe(1)
    expect(tracker.state.messages('chat:lobby').map(({ content }) => content)).toEqual(['here'])
  })

  it('says so in its own words, and what is wrong with a request it says too', async () => {
    const { tracker } = await world.now.node()
    world.now.log.isAway = true
    await expect(tracker.task('t')).rejects.toMatchObject({ code: 'tracker/unavailable' })
    await expect(tracker.join(link('ann'))).rejects.toMatchObject({ code: 'tracker/unavailable' })
    world.now.log.isAway = false
    const nul = tracker.say('person', { chat_id: 'lobby', content: 'x' }, { key: 'a\0b'.repeat(300) })
    await expect(nul).rejects.toMatchObject({ code: 'tracker/bad_request' })
  })

  it('goes on where it was after a tail that broke a hundred times', async () => {
    const { tracker } = await world.now.node()
    await tracker.join(link('ann'))
    for (let n = 0; n < 100; n++) {
      if (n % 2 === 0) world.now.log.breakTails()
      await world.now.passing(tracker.say('person', { chat_id: 'lobby', content: `${n}` }))
    }
    const said = tracker.state.messages('chat:lobby').map(({ content }) => content)
    expect(said).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`))
    expect(tracker.state.inbox('ann').size).toBe(100)
  })

  it('takes up the snapshot where the log went on without it', async () => {
    const limits = { snapshotRecords: 50 }
    const { tracker } = await world.now.node({ limits })
    const ann = link('ann')
    await tracker.join(ann)
    world.now.log.isAway = true
    await world.now.clock.advance(30_000)
    world.now.log.isAway = false
    const awake = await world.now.node({ limits })
    for (let n = 0; n < 200; n++) await awake.tracker.say('person', { chat_id: 'lobby', content: `${n}` })
    await world.now.until(() => tracker.state.inbox('ann').size === 200)
    expect(tracker.state.snapshot()).toEqual(awake.tracker.state.snapshot())
    expect(ann.woken).toBeGreaterThan(0)
  })

  it('begins anew where its part of the log was removed', async () => {
    const { tracker } = await world.now.node()
    const ann = link('ann')
    await tracker.join(ann)
    await tracker.say('person', { chat_id: 'lobby', content: 'before' })
    const { epoch } = tracker
    await world.now.log.removeSession('tracker')
    await world.now.until(() => tracker.epoch !== epoch)
    await world.now.passing(tracker.say('person', { chat_id: 'lobby', content: 'after' }))
    expect(tracker.state.messages('chat:lobby').map(({ content }) => content)).toEqual(['after'])
    expect(ann.restarted).toBe(1)
  })
})

it('a key of one author is remembered however many keys others write', async () => {
  const log = memoryLog({ limits: { maxKeys: 20, maxSessionKeys: 40 } })
  const tracker = await openTracker({ log })
  const say = (author: string, key: string) => tracker.say(author, { chat_id: 'lobby', content: key }, { key })
  const first = await say('quiet', 'k')
  for (let i = 0; i < 100; i++) await say('busy', `k${i}`)
  expect((await say('quiet', 'k')).id).toBe(first.id)
  expect((await say('busy', 'k99')).content).toBe('k99')
  await tracker.close()
  await log.close()
})
