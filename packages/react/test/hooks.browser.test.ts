import { Connection, systemClock } from '@holdfast/core'
import { HubClient, type HubOptions } from '@holdfast/hub'
import { ShellSession } from '@holdfast/shell'
import { type MemoryNetwork, memoryNetwork } from '@holdfast/testkit'
import { Activity, createElement as h, type ReactNode, StrictMode, Suspense, use } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { useConnection, useDoctor, useHubSession, useShell } from '../src/index.ts'

let network: MemoryNetwork
let place: HTMLElement
let roots: Root[]
/** Of {@link Link}, those that were thrown away too. */
let made: Connection[]

beforeEach(() => {
  network = memoryNetwork({ clock: systemClock })
  network.listen((request) => void request.accept())
  place = document.createElement('main')
  document.body.append(place)
  roots = []
  made = []
})

afterEach(async () => {
  for (const root of roots) root.unmount()
  place.remove()
  await expect.poll(() => network.openChannels).toBe(0)
})

function show(node: ReactNode): Root {
  const root = createRoot(place)
  roots.push(root)
  root.render(node)
  return root
}

/** For `<Activity>`, which wants its children named. */
const shown = (mode: 'visible' | 'hidden', children: ReactNode) => ({ mode, children })

const text = () => place.textContent
function connectionTo(target: string): Connection {
  const connection = new Connection({ transport: network.transport, target })
  made.push(connection)
  return connection
}

/** How often those that were made have been started, and closed. */
const lives = () => {
  const states = made.flatMap(({ history }) => history.map(({ status }) => status?.state))
  return { started: states.filter((state) => state === 'preparing').length, closed: states.includes('closed') }
}

function Link({ target = 'ws://server/' }: { readonly target?: string }) {
  const { client, status, isConnected } = useConnection(() => connectionTo(target), [target])
  const { explanation } = useDoctor(client)
  return h('p', null, `${isConnected ? 'on' : 'off'} ${status.state} ${explanation}`)
}

it('a hook opens one connection under StrictMode, shows its status, and closes it when the component has left', async () => {
  const root = show(h(StrictMode, null, h(Link)))
  await expect.poll(text).toMatch(/^on open Connected for 0\.\d s\.$/)
  expect(network.dialCount).toBe(1)
  expect(lives()).toEqual({ started: 1, closed: false })
  await expect.poll(text).toMatch(/Connected for [1-9]\.\d s/)
  root.render(h(StrictMode, null, h('i', null, 'gone')))
  await expect.poll(text).toBe('gone')
  await expect.poll(() => network.openChannels).toBe(0)
  expect(network.dialCount).toBe(1)
})

it('a hook shows a drop and the return', async () => {
  show(h(Link))
  await expect.poll(text).toMatch(/^on/)
  network.dialFault = () => 'hang'
  for (const link of network.links) link.reset()
  await expect.poll(text).toMatch(/^off/)
  network.dialFault = undefined
  for (const link of network.links) link.reset()
  await expect.poll(text, { timeout: 10_000 }).toMatch(/^on/)
})

it('a hook replaces its connection when its deps change, and not when it renders', async () => {
  const root = show(h(StrictMode, null, h(Link, { target: 'ws://one/' })))
  await expect.poll(text).toMatch(/^on/)
  root.render(h(StrictMode, null, h(Link, { target: 'ws://one/' })))
  root.render(h(StrictMode, null, h(Link, { target: 'ws://two/' })))
  await expect.poll(() => network.links.map(({ url }) => url)).toEqual(['ws://two/'])
  await expect.poll(text).toMatch(/^on/)
  expect(network.dialCount).toBe(2)
})

it('a hook dials nothing for a render that suspends, and one connection when that is over', async () => {
  let ready = (): void => {}
  const waiting = new Promise<void>((resolve) => {
    ready = resolve
  })
  function Slow() {
    const { isConnected } = useConnection(() => connectionTo('ws://server/'))
    use(waiting)
    return h('p', null, isConnected ? 'on' : 'off')
  }
  show(h(StrictMode, null, h(Suspense, { fallback: 'waits' }, h(Slow))))
  await expect.poll(text).toBe('waits')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(network.dialCount).toBe(0)
  ready()
  await expect.poll(text).toBe('on')
  expect(network.dialCount).toBe(1)
})

it('a hook keeps its connection while a sibling suspends', async () => {
  const never = new Promise<void>(() => {})
  const Waits = () => use(never) ?? null
  const page = (waits: boolean) => h(Suspense, { fallback: h('b', null, 'waits') }, h(Link), waits ? h(Waits) : null)
  const root = show(page(false))
  await expect.poll(text).toMatch(/^on/)
  root.render(page(true))
  await expect.poll(text).toMatch(/waits/)
  root.render(page(false))
  await expect.poll(text).toMatch(/^on open/)
  expect(network.dialCount).toBe(1)
})

it('a hidden <Activity> closes, and the same connection opens again when it is shown', async () => {
  const clients = new Set<unknown>()
  function Noted() {
    const { client, isConnected } = useConnection(() => connectionTo('ws://server/'))
    clients.add(client)
    return h('p', null, isConnected ? 'on' : 'off')
  }
  const page = (mode: 'visible' | 'hidden') => h(Activity, shown(mode, h(Noted)))
  const root = show(page('visible'))
  await expect.poll(text).toBe('on')
  root.render(page('hidden'))
  await expect.poll(() => network.openChannels).toBe(0)
  root.render(page('visible'))
  await expect.poll(() => network.openChannels).toBe(2)
  await expect.poll(text).toBe('on')
  expect(clients.size).toBe(1)
})

it('a server renders it without a dial, and the page takes that over without a complaint', async () => {
  const complaints: unknown[] = []
  place.innerHTML = renderToString(h(StrictMode, null, h(Link)))
  expect(text()).toBe('off idle Not started.')
  expect(network.dialCount).toBe(0)
  const onRecoverableError = (error: unknown) => void complaints.push(error)
  roots.push(hydrateRoot(place, h(StrictMode, null, h(Link)), { onRecoverableError }))
  await expect.poll(text).toMatch(/^on open/)
  expect(complaints).toEqual([])
  expect(network.dialCount).toBe(1)
})

it('a connection of the app is watched, and neither opened nor closed', async () => {
  const own = connectionTo('ws://server/')
  function Watched() {
    const { isConnected, status } = useConnection(own)
    return h('p', null, `${isConnected} ${status.state}`)
  }
  const root = show(h(StrictMode, null, h(Watched)))
  await expect.poll(text).toBe('false idle')
  await own.connect()
  await expect.poll(text).toBe('true open')
  root.render(null)
  await expect.poll(text).toBe('')
  expect(own.state).toBe('open')
  await own.close()
})

it('a hub session has its session and its init as soon as they are known', async () => {
  network.listen(
    (request) => request.accept().send(JSON.stringify({ type: 'init', role: 'observer', sessionId: 's2', agents: [] })),
    {
      url: 'ws://hub/api/ws',
    },
  )
  const options: HubOptions = { transport: network.transport, url: 'http://hub' }
  function Session() {
    const { sessionId, init, isConnected } = useHubSession(() => new HubClient(options))
    return h('p', null, `${sessionId} ${init?.type} ${isConnected}`)
  }
  show(h(StrictMode, null, h(Session)))
  expect(renderToString(h(Session))).toContain('undefined undefined false')
  await expect.poll(text).toBe('s2 init true')
})

it('a shell that was left is made anew with the one before it when its component is back', async () => {
  const before: (string | undefined)[] = []
  function Shell() {
    const { client, shellId, role, ending } = useShell((previous?: ShellSession) => {
      before.push(previous?.shellId)
      return new ShellSession({ transport: network.transport, url: 'http://shells', shellId: previous?.shellId })
    })
    return h('p', null, `${shellId === client.shellId} ${role} ${ending?.kind}`)
  }
  const page = (mode: 'visible' | 'hidden') => h(StrictMode, null, h(Activity, shown(mode, h(Shell))))
  const root = show(page('visible'))
  await expect.poll(text).toBe('true writer undefined')
  await expect.poll(() => network.dialCount).toBe(1)
  root.render(page('hidden'))
  await expect.poll(() => network.openChannels).toBe(0)
  root.render(page('visible'))
  await expect.poll(() => network.dialCount).toBe(2)
  await expect.poll(text).toBe('true writer undefined')
  expect(before.filter((id) => id !== undefined)).toHaveLength(1)
})
