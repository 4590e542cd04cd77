/** What a hook starts and ends: a `Connection`, and every client. */
export interface Connectable {
  connect(): Promise<unknown>
  close(): Promise<unknown>
}

/** A client, for as long as it has a holder. */
export interface Holding<Client> {
  readonly client: Client
  /** Returns its own undo. */
  acquire(): () => void
}

/** How a lease comes to its client. */
export interface LeaseRules<Client> {
  /** Dials nothing. `previous`: the one before it, where that cannot be started again. */
  create(previous: Client | undefined): Client
  /** It cannot be started again. */
  isSpent(client: Client): boolean
}

/**
 * A client of its own for a component. It is closed in the microtask after the component has left, unless that is back
 * by then: StrictMode and fast refresh take a component away and put it back at once, and no link must end for that.
 */
export class ClientLease<Client extends Connectable> implements Holding<Client> {
  readonly #rules: LeaseRules<Client>
  #client: Client
  #holders = 0
  #isRunning = false

  constructor(rules: LeaseRules<Client>) {
    this.#rules = rules
    this.#client = rules.create(undefined)
  }

  get client(): Client {
    return this.#client
  }

  /** Connects with the first holder; closes after the last. */
  acquire(): () => void {
    this.#holders += 1
    this.#start()
    return () => {
      this.#holders -= 1
      queueMicrotask(() => this.#stop())
    }
  }

  #start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    if (this.#rules.isSpent(this.#client)) this.#client = this.#rules.create(this.#client)
    // Its status shows what becomes of it.
    this.#client.connect().catch(() => {})
  }

  #stop(): void {
    if (this.#holders > 0 || !this.#isRunning) return
    this.#isRunning = false
    void this.#client.close()
  }
}
