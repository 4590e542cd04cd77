import { describe, expect, it } from 'vitest'
import type { Node } from './support.ts'
import { Agent, useWorld } from './support.ts'

const world = useWorld()

const online = ({ tracker }: Node) => tracker.presence.online.map(({ agent, status }) => `${agent} ${status}`).sort()

describe('presence over several nodes', () => {
  it('is the same on each, for those who connect too', async () => {
    const [a, b] = [await world.now.node(), await world.now.node()]
    const ann = await Agent.at(a, 'ann')
    const bob = await Agent.at(b, 'bob')
    ann.beat('online')
    bob.beat('busy')
    await world.now.clock.settle()
    expect(online(a)).toEqual(['ann online', 'bob busy'])
    expect(online(b)).toEqual(online(a))
    expect(ann.told).toEqual(['bob busy'])
    expect(bob.told).toEqual(['ann online'])
    const late = await world.now.node()
    expect(online(late)).toEqual(online(a))
    bob.beat('online')
    await world.now.clock.settle()
    expect(online(late)).toEqual(['ann online', 'bob online'])
    bob.leave()
    await world.now.clock.settle()
    expect(ann.told).toEqual(['bob busy', 'bob online', 'bob offline'])
    expect(online(late)).toEqual(['ann online'])
  })

  it('is reported once of an agent with connections at two nodes, and ends with the last', async () => {
    const [a, b] = [await world.now.node(), await world.now.node()]
    const eve = await Agent.at(a, 'eve')
    const old = await Agent.at(a, 'ann')
    old.beat('online')
    const current = await Agent.at(b, 'ann')
    current.beat('online')
    await world.now.clock.settle()
    current.beat('busy')
    await world.now.clock.settle()
    old.leave()
    await world.now.clock.settle()
    expect(eve.told).toEqual(['ann online', 'ann busy'])
    current.leave()
    await world.now.clock.settle()
    expect(eve.told).toEqual(['ann online', 'ann busy', 'ann offline'])
  })

  it('ends after a missed window everywhere, though the connection stays', async () => {
    const [a, b] = [await world.now.node(), await world.now.node()]
    const ann = await Agent.at(a, 'ann')
    ann.beat('online')
    await world.now.clock.advance(70_000)
    expect(online(b)).toEqual(['ann online'])
    await world.now.clock.advance(10_000)
    expect(online(b)).toEqual([])
  })

  it('ends with the lease of a node that died, and is reported', async () => {
    const [a, b] = [await world.now.node(), await world.now.node()]
    const bob = await Agent.at(b, 'bob')
    const ann = await Agent.at(a, 'ann')
    ann.beat('busy')
    await world.now.clock.settle()
    world.now.cluster.crash(a.name)
    await world.now.clock.advance(10_000)
    expect(online(b)).toEqual(['ann busy'])
    await world.now.clock.advance(15_000)
    expect(online(b)).toEqual([])
    expect(bob.told).toEqual(['ann busy', 'ann offline'])
  })

  it('goes on where a node that ends hands its agents over', async () => {
    const [a, b] = [await world.now.node(), await world.now.node()]
    const ann = await Agent.at(a, 'ann')
    ann.beat('online')
    await world.now.passing(world.now.stop(a))
    await world.now.clock.settle()
    expect(online(b)).toEqual([])
    const again = await Agent.at(b, 'ann')
    again.beat('online')
    expect(online(b)).toEqual(['ann online'])
  })
})

describe('events over several nodes', () => {
  it('wait on every node, and go to an agent that comes in turn to each, but for those it acknowledged', async () => {
    const [a, b] = [await world.now.node(), await world.now.node()]
    const first = await Agent.at(a, 'ann')
    for (const content of ['1', '2', '3']) await b.tracker.say('person', { chat_id: 'lobby', content })
    await world.now.until(() => first.waiting().length === 3)
    await a.tracker.settle('ann', first.waiting()[0]?.n ?? 0)
    first.leave()
    const second = await Agent.at(b, 'ann')
    expect(second.waiting().map(({ data }) => data['content'])).toEqual(['2', '3'])
    for (const { n } of second.waiting()) await b.tracker.settle('ann', n)
    second.leave()
    const third = await Agent.at(a, 'ann')
    expect(third.waiting()).toEqual([])
  })

  it('an acknowledgement on another node counts at once for who joins, though this node is behind', async () => {
    const a = await world.now.node()
    const b = await world.now.node()
    const first = await Agent.at(a, 'ann')
    await a.tracker.say('person', { chat_id: 'lobby', content: '1' })
    await world.now.until(() => b.tracker.state.inbox('ann').size === 1)
    world.now.log.breakTails()
    await world.now.clock.settle()
    // Nobody follows at this moment: what is written now is read later.
    const settling = a.tracker.settle('ann', first.waiting()[0]?.n ?? 0)
    const joining = Agent.at(b, 'ann')
    await world.now.passing(settling)
    const second = await world.now.passing(joining)
    expect(second.waiting()).toEqual([])
  })

  it('a task of one node is found on another before that has read of it', async () => {
    const [a, b] = [await world.now.node(), await world.now.node()]
    const { id } = await a.tracker.createTask('person', { title: 't' })
    const status = b.tracker.setStatus('ann', id, 'done')
    await world.now.passing(status)
    expect((await b.tracker.task(id)).status).toBe('done')
    await expect(b.tracker.task('none')).rejects.toMatchObject({ code: 'tracker/not_found' })
  })
})
