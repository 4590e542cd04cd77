import type { Timer } from '@holdfast/core'
import { abortReason } from '@holdfast/core/contract'
import { gatherTabs } from '../host/gather.ts'
import { aborted, heldAfter, hold, whenFree } from '../locks.ts'
import type { Names } from '../names.ts'
import { TABS_DEFAULTS } from '../options.ts'
import type { PortLike } from '../port.ts'
import type { SharingSurroundings } from '../surroundings.ts'
import type { HostInPage, HostPlace, Meeting } from './meeting.ts'
import { type ReadyPort, readyPort } from './page-link.ts'

/** Said to all pages. `term` grows with every host, which is in page `tab`: one that was frozen meanwhile is not believed. */
type Said =
  | { readonly host: string; readonly tab: string; readonly term: number }
  | { readonly ask: true }
  | { readonly call: string; readonly to: string }

/** A dial that waits for a host. */
interface Call {
  readonly id: string
  /** Ends the try with the host that is asked now. */
  stop: AbortController
  readonly taken: (ready: ReadyPort) => void
}

/** Questions that are asked again because this page stood still, at most. */
const MAX_LATE = 3

/** What leadership needs of its page. */
export interface LeadershipOptions {
  /** Of this page. */
  readonly tab: string
  readonly names: Names
  readonly surroundings: SharingSurroundings
  readonly newHost: (place: HostPlace) => HostInPage
  readonly newPair: () => readonly [PortLike, PortLike]
  /** There is another host: links to others are over. */
  readonly changed: (host: string) => void
}

/** One tab has the lock and is the host. The others find it by a channel, and take the lock from one that does not answer. */
export class Leadership implements Meeting {
  readonly #options: LeadershipOptions
  readonly #channel: BroadcastChannel
  readonly #calls = new Set<Call>()
  readonly #unsubscribe: () => void
  /** Aborted when this page stops to wait for, or to hold, the lock. */
  #campaign = new AbortController()
  #host: HostInPage | undefined
  #hostId = ''
  #hostTab = ''
  #term = 0
  #heardAt = 0
  /** Something came since the host was asked last. */
  #hasHeard = false
  #asking: Timer | undefined
  #look: Timer | undefined
  #hasLeft = false

  constructor(options: LeadershipOptions) {
    const { names, surroundings } = options
    this.#options = options
    this.#channel = new surroundings.BroadcastChannel(names.all)
    this.#channel.onmessage = ({ data }) => this.#said(data)
    this.#unsubscribe = surroundings.signals.subscribe((signal) => {
      if (signal === 'freeze') return this.#rests()
      if (this.#campaign.signal.aborted) this.#run()
      if (signal === 'visible' || signal === 'restore') this.#ask()
      this.#looks()
    })
    this.#run()
    this.#looks()
  }

  /** This page is about to stand still: another has the connection, or waits for it, meanwhile. */
  #rests(): void {
    this.#stopHosting()
    this.#asking?.cancel()
    this.#asking = undefined
    this.#look?.cancel()
  }

  leave(): void {
    this.#hasLeft = true
    this.#rests()
    this.#unsubscribe()
    this.#channel.close()
  }

  // ---- a link -----------------------------------------------------------------------------------

  /** The host that answers: another page, or this one. */
  dial(signal: AbortSignal): Promise<ReadyPort> {
    return new Promise((resolve, reject) => {
      const call: Call = {
        ...{ id: crypto.randomUUID(), stop: new AbortController() },
        taken: (ready) => {
          this.#calls.delete(call)
          resolve(ready)
        },
      }
      const over = (): void => {
        this.#calls.delete(call)
        call.stop.abort()
        reject(abortReason(signal))
      }
      signal.addEventListener('abort', over, { once: true })
      this.#calls.add(call)
      this.#call(call)
    })
  }

  #call(call: Call): void {
    const { newPair, surroundings } = this.#options
    call.stop.abort()
    call.stop = new AbortController()
    const way = (port: PortLike): unknown => readyPort(port, call.stop.signal).then(call.taken, () => {})
    if (this.#host !== undefined) {
      const [near, far] = newPair()
      way(near)
      return this.#host.attach(far)
    }
    if (this.#hostId === '') this.#say({ ask: true })
    else {
      way(new surroundings.BroadcastChannel(this.#linkOf(call.id)))
      this.#say({ call: call.id, to: this.#hostId })
    }
    this.#ask()
  }

  /** Of this host alone: of another that was frozen nothing may be on it. */
  #linkOf(call: string): string {
    return this.#options.names.link(`${this.#hostId} ${call}`)
  }

  // ---- being the host ---------------------------------------------------------------------------

  #run(steal: boolean = false): void {
    const { names, surroundings } = this.#options
    this.#campaign.abort()
    this.#campaign = new AbortController()
    const { signal } = this.#campaign
    // As it is now: another page may take the lock from the same one meanwhile.
    const silent = steal ? this.#hostTab : ''
    surroundings.locks
      .request(names.host, steal ? { steal } : { signal }, () => this.#lead(signal, silent))
      // Another page did not get an answer in time, and took it. A page that is going may not ask for locks.
      .catch((error: unknown) => {
        if (!signal.aborted && Object(error).name === 'AbortError') this.#again()
      })
  }

  /** Holds the lock as long as it may. `silent`: the page that it was taken from. */
  async #lead(signal: AbortSignal, silent: string): Promise<void> {
    const { names, surroundings, newHost, tab } = this.#options
    const { locks, clock } = surroundings
    const id = crypto.randomUUID()
    await hold(locks, names.alive(id), signal)
    if (signal.aborted) return
    this.#host = newHost({
      id,
      gather: (known) => {
        const isHere = (page: string): boolean => page === silent || known(page)
        return gatherTabs(clock, () => heldAfter(locks, names.tab('')), isHere, signal)
      },
      gone: (tab) => whenFree(locks, names.tab(tab), signal),
      emptied: () => {},
    })
    const term = Math.max(this.#term + 1, clock.epoch())
    const said = { host: id, tab, term }
    this.#say(said)
    this.#follow(said, true)
    await aborted(signal)
  }

  #again(): void {
    this.#stopHosting()
    this.#run()
  }

  #stopHosting(): void {
    this.#campaign.abort()
    void this.#host?.close(this.#hasLeft ? undefined : 0)
    this.#host = undefined
  }

  // ---- what pages say to each other -------------------------------------------------------------

  #say(said: Said): void {
    this.#channel.postMessage(said)
  }

  #said(said: Said): void {
    if ('host' in said) return this.#follow(said)
    if (this.#host === undefined) return
    if ('ask' in said) return this.#say({ host: this.#hostId, tab: this.#hostTab, term: this.#term })
    if (said.to !== this.#hostId) return
    this.#host.attach(new this.#options.surroundings.BroadcastChannel(this.#linkOf(said.call)))
  }

  #follow({ host: id, tab, term }: Extract<Said, { readonly host: string }>, isOwn: boolean = false): void {
    if (term < this.#term) return
    this.#term = term
    this.#hostTab = tab
    this.received()
    this.#asking?.cancel()
    this.#asking = undefined
    if (id === this.#hostId) return
    this.#hostId = id
    // This page stood still as the host, and was replaced.
    if (this.#host !== undefined && !isOwn) this.#again()
    this.#options.changed(id)
    for (const call of [...this.#calls]) this.#call(call)
  }

  // ---- is the host there? -----------------------------------------------------------------------

  received(): void {
    this.#heardAt = this.#options.surroundings.clock.now()
    this.#hasHeard = true
  }

  wrote(): void {
    if (this.#options.surroundings.clock.now() - this.#heardAt > TABS_DEFAULTS.askMs) this.#ask()
  }

  /** Asks after so long a silence: it began when something came last. */
  #looks(passedMs: number = 0): void {
    this.#look?.cancel()
    const { clock, signals } = this.#options.surroundings
    const everyMs = signals.visible ? TABS_DEFAULTS.visibleLookMs : TABS_DEFAULTS.hiddenLookMs
    this.#look = clock.after(everyMs - passedMs, () => {
      const silentMs = clock.now() - this.#heardAt
      if (silentMs < everyMs) return this.#looks(silentMs)
      this.#ask(true)
      this.#looks()
    })
  }

  /** A visible tab asks at once; hidden ones when their time has come. */
  #ask(isTime: boolean = this.#options.surroundings.signals.visible): void {
    if (this.#host === undefined && this.#asking === undefined && isTime) this.#asks(TABS_DEFAULTS.asks, MAX_LATE)
  }

  /** So many questions are left, and so many more where this page itself stands still: its answer may be waiting. */
  #asks(left: number, lateLeft: number): void {
    const { clock } = this.#options.surroundings
    const { askMs } = TABS_DEFAULTS
    const askedAt = clock.now()
    this.#hasHeard = false
    this.#say({ ask: true })
    this.#asking = clock.after(askMs, () => {
      this.#asking = undefined
      const isLate = clock.now() - askedAt > 2 * askMs
      if (this.#host !== undefined) return
      if (isLate && lateLeft > 0) this.#asks(left, lateLeft - 1)
      else if (left > 1) this.#asks(left - 1, lateLeft)
      // No answer, and no message either: the lock is taken from the host.
      else if (!this.#hasHeard) this.#run(true)
    })
  }
}
