import { describe, expect, it } from 'vitest'
import { useWorld } from './support.ts'

const world = useWorld()
const named = (n: number) => `c${n}`

describe('the relay to the hub', () => {
  it('shows the task, its states and its comments in order, what was streamed before them first', async () => {
    const { tracker, relay } = await world.now.node()
    const task = await tracker.createTask('person', { title: 'count', assignee: 'ann' })
    tracker.stream('ann', { type: 'agent.stream.delta', task_id: task.id, text: 'one two' })
    await tracker.streamed(task.id)
    await tracker.say('ann', { task_id: task.id, content: 'done' })
    await tracker.setStatus('ann', task.id, 'closed')
    await world.now.until(() => tracker.state.tasks.get(task.id)?.status === 'closed')
    await world.now.clock.advance(100)
    await relay.streamed(task.id)
    expect(await world.now.shown(task.id)).toEqual([
      'session_start count',
      'message_update one two',
      'message_end done',
      'task_status closed',
    ])
  })

  it('keeps what an agent streamed before its comment, though another node shows that', async () => {
    const shows = await world.now.node()
    const { tracker } = await world.now.node()
    const task = await shows.tracker.createTask('person', { title: 't', assignee: 'ann' })
    await tracker.task(task.id)
    for (let n = 0; n < 20; n++) {
      tracker.stream('ann', { type: 'agent.stream.delta', task_id: task.id, text: `${n} ` })
      await world.now.passing(tracker.streamed(task.id))
      await world.now.passing(tracker.say('ann', { task_id: task.id, content: named(n) }))
    }
    await world.now.clock.advance(5_000)
    const pairs = Array.from({ length: 20 }, (_, n) => [`message_update ${n} `, `message_end ${named(n)}`])
    expect(await world.now.shown(task.id)).toEqual(['session_start t', ...pairs.flat()])
  })

  it('shows each comment once, over nodes that end one after the other and a log that is away', async () => {
    let node = await world.now.node()
    const { id } = await node.tracker.createTask('person', { title: 't' })
    for (let n = 0; n < 60; n++) {
      if (n % 7 === 3) world.now.log.breakTails()
      if (n % 20 === 10) {
        world.now.log.isAway = true
        await world.now.clock.advance(5_000)
        world.now.log.isAway = false
      }
      await world.now.passing(node.tracker.say('ann', { task_id: id, content: named(n) }))
      if (n % 10 !== 5) continue
      const next = await world.now.node()
      await world.now.passing(world.now.stop(node))
      node = next
    }
    const wanted = ['session_start t', ...Array.from({ length: 60 }, (_, n) => `message_end ${named(n)}`)]
    let shown: readonly string[] = []
    for (let tries = 0; shown.length < wanted.length && tries < 100; tries++) {
      await world.now.clock.advance(1_000)
      shown = await world.now.shown(id)
    }
    expect(shown).toEqual(wanted)
  })

  it('is taken over when its node stops, within a lease, and shows nothing twice when that wakes up', async () => {
    const clock = world.now.clock.process()
    const asleep = await world.now.node({ clock })
    const { id } = await asleep.tracker.createTask('person', { title: 't' })
    await asleep.tracker.say('ann', { task_id: id, content: 'first' })
    await world.now.clock.advance(500)
    const show = asleep.relay.show.bind(asleep.relay)
    let isAwake = false
    asleep.relay.show = async (n, record) => {
      while (!isAwake) await new Promise<void>((resolve) => world.now.clock.after(100, resolve))
      await show(n, record)
    }
    clock.sleep(60_000)
    const { tracker } = await world.now.node()
    await tracker.say('ann', { task_id: id, content: 'second' })
    await world.now.clock.advance(20_000)
    const all = ['session_start t', 'message_end first', 'message_end second']
    expect(await world.now.shown(id)).toEqual(all)
    await world.now.clock.advance(60_000)
    isAwake = true
    await tracker.say('ann', { task_id: id, content: 'third' })
    await world.now.clock.advance(20_000)
    expect(await world.now.shown(id)).toEqual([...all, 'message_end third'])
  })

  it('keeps in the log what was not shown', async () => {
    const shown: string[] = []
    let isHeld = true
    const { tracker } = await world.now.node({
      limits: { snapshotRecords: 20 },
      relay: {
        show: async (_n, record) => {
          if (isHeld) throw new Error('not now')
          if (record.t === 'message') shown.push(record.message.content)
        },
      },
    })
    const { id } = await tracker.createTask('person', { title: 't' })
    for (let n = 0; n < 100; n++) await tracker.say('ann', { task_id: id, content: named(n) })
    isHeld = false
    await world.now.until(() => shown.length >= 100)
    expect(shown).toEqual(Array.from({ length: 100 }, (_, n) => named(n)))
  })
})
