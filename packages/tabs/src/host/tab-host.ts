import type { Gap, WebSocketFrame } from '@holdfast/core'
import { isConnected } from '@holdfast/core/client'
import type { StreamSource } from '@holdfast/core/protocol'
import type { MessageCodec } from '../codecs.ts'
import { TabsError } from '../errors.ts'
import type { ConnectShared, Shared, SharedConnection, SharedTab, TabsBounds } from '../options.ts'
import { READY } from '../page/page-link.ts'
import type { PortLike } from '../port.ts'
import { join, type SharedPosition, serializeError, split, type TabPlace, type ToHost } from '../wire.ts'
import { continuationOf, oldest } from './continuation.ts'
import { HostedTab } from './hosted-tab.ts'
import { Ring } from './ring.ts'
import { Snapshots, type StateSnapshot } from './snapshots.ts'

type Hello = Extract<ToHost, { t: 'hello' }>

/** What a host needs of where it is. */
export interface TabHostOptions<In, Out> {
  /** No other host has had it. */
  readonly id: string
  readonly connect: ConnectShared<In, Out>
  readonly codec: MessageCodec<Out, In>
  readonly bounds: TabsBounds
  /** Resolves when all tabs that there are can have said how far they are. `known`: whether a tab has. */
  readonly gather: (known: (tab: string) => boolean) => Promise<void>
  /** Resolves when this tab is gone. */
  readonly gone: (tab: string) => Promise<void>
  /** No tab is left. */
  readonly emptied: () => void
}

/**
 * Has the one connection, and gives every tab what comes by it. What the tabs have not got yet is in one ring, bounded in
 * bytes; a tab that falls out of it gets a gap, and slows no other.
 */
export class TabHost<In, Out> {
  readonly #options: TabHostOptions<In, Out>
  readonly #ring: Ring
  readonly #tabs = new Map<string, HostedTab>()
  readonly #hellos = new Map<string, Hello>()
  #begun = false
  #shared: Shared<In, Out> | undefined
  #snapshots: Snapshots<In> | undefined
  #source: StreamSource | undefined
  #isClosed = false
  #isPaused = false
  /** Sessions at the server, counted: a tab that knows another one has messages that the server may not know. */
  #life = 0
  /** The first of them went on from where the tabs were. */
  #continues = false
  #taken = 0
  /** Where the tab was that was furthest behind when this host began. */
  #after: SharedPosition | undefined
  /** What the ring begins with comes after this: what a tab that is further back has not got is not there. */
  #from: SharedPosition | undefined
  #at: SharedPosition | undefined
  #undo: readonly (() => void)[] = []

  constructor(options: TabHostOptions<In, Out>) {
    this.#options = options
    this.#ring = new Ring(options.bounds.maxBehindBytes)
  }

  get connection(): SharedConnection<In, Out> | undefined {
    return this.#shared?.connection
  }

  /** A tab, or one that comes back, by a port of its own. */
  attach(port: PortLike): void {
    let tab = ''
    port.onmessage = ({ data }) => {
      if (this.#isClosed || (typeof data !== 'string' && !(data instanceof Uint8Array))) return
      const { head, body } = split<ToHost>(data)
      if (head.t === 'hello') {
        tab = head.tab
        this.#hello(head, port)
        return
      }
      const hosted = this.#tabs.get(tab)
      if (hosted?.usesPort(port)) this.#receive(tab, hosted, head, body)
      if (head.t === 'bye') port.close()
    }
    port.postMessage(READY + this.#options.id)
  }

  /** Ends it: the tabs look for another host. */
  async close(flushMs?: number): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const undo of this.#undo) undo()
    this.#snapshots?.stop()
    this.#postDown('tabs/host_gone', 'The host of the shared connection stopped.')
    await this.connection?.close({ flushMs })
  }

  // ---- tabs -------------------------------------------------------------------------------------

  #hello(hello: Hello, port: PortLike): void {
    const { tab } = hello
    const hosted = this.#tabs.get(tab) ?? this.#newTab(tab)
    hosted.usePort(port)
    this.#hellos.set(tab, hello)
    void this.#begin()
    if (hello.again === true) this.#again()
    this.#answer(tab, hosted)
  }

  #newTab(tab: string): HostedTab {
    const waiting = (n: number): readonly WebSocketFrame[] =>
      (this.#shared?.waiting?.() ?? []).map((message) => this.#frameOf(message, n, undefined))
    const hosted = new HostedTab(tab, waiting)
    hosted.startAt(this.#ring.last, undefined)
    this.#tabs.set(tab, hosted)
    void this.#options.gone(tab).then(() => this.#remove(tab))
    return hosted
  }

  #remove(tab: string): void {
    this.#hellos.delete(tab)
    if (!this.#tabs.delete(tab) || this.#isClosed) return
    this.#shared?.left?.(tab)
    if (this.#tabs.size === 0) return this.#options.emptied()
    this.#progress()
  }

  #receive(tab: string, hosted: HostedTab, head: ToHost, body: WebSocketFrame): void {
    switch (head.t) {
      case 'go':
        hosted.start()
        return hosted.pump(this.#ring, this.#options.bounds.windowBytes)
      case 'got':
        hosted.acknowledge(head.n, head.bytes)
        this.#progress()
        return hosted.pump(this.#ring, this.#options.bounds.windowBytes)
      case 'ask':
        return hosted.post({ t: 'here' })
      case 'send':
        return this.#send(tab, hosted, head, body)
      case 'bye':
        hosted.usePort(undefined)
        this.#hellos.delete(tab)
    }
  }

  #send(tab: string, hosted: HostedTab, { id, once }: Extract<ToHost, { t: 'send' }>, body: WebSocketFrame): void {
    const { connection } = this
    if (connection === undefined || (id !== undefined && (hosted.pending.has(id) || hosted.repeatOutcome(id)))) return
    const decoded = this.#options.codec.decode(body)
    if (!decoded.ok) return
    const { message } = decoded
    const delivery = id === undefined ? 'volatile' : once === true ? 'once' : 'ordered'
    const send: SharedTab<In, Out>['send'] = (out) =>
      connection.send(out, { id: id === undefined ? undefined : `tabs.${id}`, delivery })
    if (id !== undefined) hosted.pending.add(id)
    const sent = this.#shared?.take?.(message, { id: tab, once: once === true, send, give: this.#giver(tab) })
    ;(sent ?? send(message)).then(
      () => id === undefined || hosted.delivered(id),
      (error: unknown) => id === undefined || this.#isClosed || hosted.refused(id, serializeError(error)),
    )
  }

  #giver(id: string): SharedTab<In, Out>['give'] {
    return (message, to) => {
      const frame = this.#frameOf(message, this.#ring.last + 1, undefined)
      this.#push({ frame, at: undefined, isMessage: false, isFor: (tab) => (tab === id) === (to === 'it') })
    }
  }

  // ---- the connection ---------------------------------------------------------------------------

  async #begin(): Promise<void> {
    if (this.#begun) return
    this.#begun = true
    await this.#options.gather((tab) => this.#tabs.has(tab))
    if (this.#isClosed) return
    this.#after = oldest([...this.#hellos.values()].map(({ place }) => place?.at))
    const made = this.#options.connect({ after: this.#after })
    this.#shared = 'connection' in made ? made : { connection: made }
    const { snapshots: source } = this.#shared
    if (source !== undefined) {
      const frameOf = this.#frameOf.bind(this)
      this.#snapshots = new Snapshots<In>({ source, frameOf, ready: () => this.#answerAll() })
    }
    this.#listen(this.#shared)
  }

  #listen({ connection }: Shared<In, Out>): void {
    this.#source = connection.attach({
      push: (message) => this.#message(message),
      gap: (gap) => this.#gap(gap),
      end: () => {},
    })
    let wasConnected = false
    this.#undo = [
      connection.on('link', ({ resumed: hasResumed }) => {
        const resumed = hasResumed || this.#shared?.reportsGaps === true
        if (this.#life === 0) this.#continues = resumed
        if (this.#life === 0) this.#from = resumed ? this.#after : this.#shared?.start?.()
        if (this.#life > 0 && !resumed) this.#snapshots?.stop()
        if (this.#life === 0 || !resumed) this.#life += 1
      }),
      connection.on('status', ({ status }) => {
        const connected = isConnected(status)
        if (connected && wasConnected) return
        if (wasConnected) this.#postDown('tabs/not_open', 'The shared connection was lost.')
        wasConnected = connected
        this.#answerAll()
      }),
    ]
    connection.connect().catch(() => {})
  }

  /** The app of a tab wants another try. */
  #again(): void {
    const { connection } = this
    if (connection?.status.state === 'authRequired') connection.reauthenticate()
    else connection?.connect().catch(() => {})
  }

  #message(message: In): void {
    const at = this.#shared?.positionOf?.(message)
    this.#at = at ?? this.#at
    const n = this.#ring.last + 1
    const route = this.#shared?.route?.(message)
    const frame = this.#frameOf(route?.message ?? message, n, at)
    this.#push({ frame, at, isMessage: true, isFor: route?.isFor })
    this.#snapshots?.received(message, n, at)
  }

  #frameOf(message: In, n: number, at: SharedPosition | undefined): WebSocketFrame {
    return join({ t: 'item', n, at }, this.#options.codec.encode(message))
  }

  #gap(gap: Gap): void {
    const n = this.#ring.last + 1
    this.#push({ frame: join({ t: 'gap', n, gap }), at: undefined, isMessage: false })
  }

  #push(item: Parameters<Ring['push']>[0]): void {
    this.#ring.push(item)
    for (const hosted of this.#tabs.values()) hosted.pump(this.#ring, this.#options.bounds.windowBytes)
    this.#progress()
  }

  /** The server learns what all tabs have processed, and is paused where even the fastest is far behind. */
  #progress(): void {
    if (this.#tabs.size === 0) return
    const acked = [...this.#tabs.values()].map((hosted) => hosted.acked)
    const taken = this.#ring.messagesUpTo(Math.min(...acked))
    if (taken > this.#taken) this.#source?.taken?.(taken - this.#taken)
    this.#taken = Math.max(taken, this.#taken)
    const isFar = this.#ring.bytesAfter(Math.max(...acked)) > this.#options.bounds.maxBehindBytes / 2
    if (isFar === this.#isPaused) return
    this.#isPaused = isFar
    if (isFar) this.#source?.pause()
    else this.#source?.resume()
  }

  // ---- what a tab gets -------------------------------------------------------------------------

  #answerAll(): void {
    for (const [tab, hosted] of this.#tabs) this.#answer(tab, hosted)
  }

  #answer(tab: string, hosted: HostedTab): void {
    const hello = this.#hellos.get(tab)
    if (hello === undefined) return
    const { connection } = this
    if (connection === undefined) return hosted.post({ t: 'wait', why: 'The tabs are counted.' })
    const { status } = connection
    if (isConnected(status)) return this.#welcome(hello, hosted)
    const park = status.state === 'authRequired'
    if (!park && status.state !== 'closed') return hosted.post({ t: 'wait', why: connection.explain() })
    const error = serializeError(errorOf(status) ?? new TabsError('tabs/closed', connection.explain()))
    hosted.post({ t: 'over', park, error })
  }

  #welcome({ tab, place }: Hello, hosted: HostedTab): void {
    const { id } = this.#options
    // Some connections know it by their first message only.
    if (this.#after === undefined) this.#from ??= this.#shared?.start?.()
    const { isKnown, resumed, gap, needsState } = continuationOf(place, {
      ...{ id, life: this.#life, continues: this.#continues, from: this.#from },
      beginsWithGap: this.#ring.at(1)?.isMessage === false,
    })
    const start = this.#startOf(place, isKnown, needsState)
    if (start === undefined) return hosted.post({ t: 'wait', why: 'The state of the session is loaded.' })
    this.#hellos.delete(tab)
    hosted.startAt(start.n, start.at, start.frames)
    hosted.post({
      ...{ t: 'welcome', host: id, n: start.n, life: this.#life, resumed, at: this.#at ?? this.#shared?.start?.() },
      acks: this.connection?.guarantees.confirmation !== 'none',
      ...{ gap, first: start.frames.length || undefined, about: this.#shared?.about?.() },
    })
  }

  /** What a tab gets first; undefined: it is not there yet. */
  #startOf(place: TabPlace | undefined, isKnown: boolean, needsState: boolean): StateSnapshot | undefined {
    if (this.#snapshots !== undefined && needsState) return this.#snapshots.from(this.#ring)
    const n = isKnown ? place?.n : place && 0
    return { n: n ?? this.#ring.last, at: place?.at, frames: [] }
  }

  #postDown(code: 'tabs/not_open' | 'tabs/host_gone', message: string): void {
    for (const [tab, hosted] of this.#tabs)
      if (!this.#hellos.has(tab) || this.#isClosed) hosted.post({ t: 'down', error: { code, message } })
  }
}

function errorOf(status: SharedConnection<unknown, never>['status']): unknown {
  if (status.state === 'authRequired') return status.error
  return status.state === 'closed' && 'error' in status.outcome ? status.outcome.error : undefined
}
