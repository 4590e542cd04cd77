import { expect, it } from 'vitest'
import { areOpen, type Tab, tabsOf, upTo, WORLDS, world } from './support/hub-tabs.ts'

/** Each tab that was ever shown a question was shown it once. */
const areShownOnce = (tabs: readonly Tab[]) => tabs.map(({ shown }) => shown.length - new Set(shown).size)

it('a question of the driver that was open before a tab opened is shown to that tab once, and one answer ends it for all', async () => {
  const { server, tabs, tab, clock } = await tabsOf(2)
  server.ask('before')
  await clock.advance(500)
  const late = tab(3)
  await clock.runUntil(() => late.hub.isConnected, 5_000)
  await clock.advance(500)
  const all = [...tabs, late]
  expect(all.map(({ shown }) => shown)).toEqual([['before'], ['before'], ['before']])
  late.decide('before')
  await clock.advance(500)
  expect(server.answers).toEqual([{ id: 'before', result: '3' }])
  expect(tabs.map(({ over }) => over)).toEqual([['before'], ['before']])
  const later = tab(4)
  await clock.runUntil(() => later.hub.isConnected, 5_000)
  await clock.advance(500)
  expect([later.shown, server.links.dials]).toEqual([[], 1])
})

it('a question that was open before the host changed is shown again to no tab, and to a tab that opens afterwards', async () => {
  const { server, tabs, tab, clock, origin } = await tabsOf(3)
  server.ask('before')
  await clock.advance(500)
  server.add('note after')
  await clock.advance(500)
  const host = origin.holder('hub host')
  host?.goes()
  const others = tabs.filter(({ page }) => page !== host)
  await clock.advance(2_000)
  expect(areOpen(others)).toBe(true)
  const late = tab(4)
  await clock.runUntil(() => late.hub.isConnected, 5_000)
  await clock.advance(500)
  expect([...others, late].map(({ shown }) => shown)).toEqual([['before'], ['before'], ['before']])
  others[0]?.decide('before')
  await clock.advance(500)
  expect([late.over, others[1]?.over, server.answers.length]).toEqual([['before'], ['before'], 1])
})

it('an answer whose host is gone before the hub confirms it reaches the hub once, and ends the question for all', async () => {
  const { server, tabs, clock, origin } = await tabsOf(3)
  server.ask('asked')
  await clock.advance(500)
  const host = origin.holder('hub host')
  const [first, second] = tabs.filter(({ page }) => page !== host)
  first?.decide('asked')
  await clock.advance(3)
  host?.goes()
  await clock.advance(3_000)
  expect(server.answers).toEqual([{ id: 'asked', result: `${first?.id}` }])
  expect([second?.shown, second?.over]).toEqual([['asked'], ['asked']])
})

it('a tab that missed a question behind a gap is shown it all the same', async () => {
  const { server, tab, clock } = world(7)
  const [fast, slow] = [tab(1, {}, 20_000), tab(2, {}, 20_000)]
  await clock.runUntil(() => areOpen([fast, slow]), 5_000)
  let busy = true
  slow.hub.on('message', () => (busy ? new Promise<void>((done) => slow.page.clock.after(5_000, done)) : undefined))
  const say = async (from: number, to: number) => {
    for (const n of upTo(from, to)) {
      server.add(`note ${n}`.padEnd(2_000, '.'))
      await clock.advance(10)
    }
  }
  // More than is on the way to a tab, and then more than is kept for it.
  await say(1, 200)
  server.ask('asked')
  await say(201, 400)
  expect([fast.shown, slow.shown]).toEqual([['asked'], []])
  busy = false
  await clock.advance(20_000)
  expect([fast.shown, slow.shown, slow.gaps.length > 0]).toEqual([['asked'], ['asked'], true])
})

it('responses of the driver go to the tab whose command they answer, under the id that it gave', async () => {
  const { tabs, clock, server } = await tabsOf(3)
  const [first, second, third] = tabs
  first?.hub.rpcCommand({ id: 'same', text: 'one' })
  second?.hub.rpcCommand({ id: 'same', text: 'two' })
  await clock.advance(2_000)
  expect(server.said.sort()).toEqual(['one', 'two'])
  expect([first?.responses, second?.responses, third?.responses]).toEqual([
    [{ id: 'same', text: 'did one' }],
    [{ id: 'same', text: 'did two' }],
    [],
  ])
})

it('a response of the driver that comes after the host changed goes to the tab whose command it answers', async () => {
  const { tabs, clock, origin } = await tabsOf(4)
  const host = origin.holder('hub host')
  const others = tabs.filter(({ page }) => page !== host)
  for (const { hub, id } of others) hub.rpcCommand({ id: 'c', text: `of ${id}` })
  await clock.advance(20)
  host?.goes()
  await clock.advance(3_000)
  for (const { id, responses } of others) expect([id, responses]).toEqual([id, [{ id: 'c', text: `did of ${id}` }]])
})

/** Worlds in which a tab says something before the state has come to it, and then its host goes or is cut. */
const BEFORE_THE_STATE = [65, 69, 92, 112]

it.each([...new Set([...upTo(1, WORLDS), ...BEFORE_THE_STATE])])(
  'driver world %i: hosts go and links are cut: each tab is shown what is open once, and responses come to who asked',
  async (seed) => {
    const { clock, server, origin, tab: newTab, random } = world(seed)
    const tabs = upTo(1, 3).map((id) => newTab(id))
    await clock.runUntil(() => areOpen(tabs), 5_000)
    const asked: string[] = []
    const commands = new Map<Tab, string[]>()
    for (let round = 0; round < 50; round += 1) {
      await clock.advance(random() * 150)
      if (random() < 0.2) {
        asked.push(`q${round}`)
        server.ask(`q${round}`)
      }
      const living = tabs.filter(({ page }) => !page.isGone)
      for (const one of living) {
        const [open] = one.open
        if (open !== undefined && random() < 0.05) one.decide(open)
        if (random() < 0.8) continue
        commands.set(one, [...(commands.get(one) ?? []), `c${round}`])
        one.hub.rpcCommand({ id: `c${round}`, text: `${one.id}.${round}` })
      }
      const dice = random()
      if (dice < 0.06 && living.length > 2) origin.holder('hub host')?.goes(random() * 160)
      else if (dice < 0.12) server.links.cut()
      else if (dice < 0.2) tabs.push(newTab(tabs.length + 1))
    }
    await clock.advance(15_000)
    const last = newTab(tabs.length + 1)
    tabs.push(last)
    await clock.advance(5_000)
    const open = asked.filter((id) => !server.answers.some((answer) => answer.id === id))
    const living = tabs.filter(({ page }) => !page.isGone)
    expect(areShownOnce(living)).toEqual(living.map(() => 0))
    for (const one of living) {
      expect([one.id, [...one.open].sort()]).toEqual([one.id, [...open].sort()])
      const answered = one.responses.map((response) => String(Object(response).id))
      expect([one.id, answered.sort()]).toEqual([one.id, [...(commands.get(one) ?? [])].sort()])
    }
    expect(last.shown.sort()).toEqual([...open].sort())
    expect(new Set(server.said).size).toBe(server.said.length)
  },
)
