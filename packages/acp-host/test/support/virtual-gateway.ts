import { type Clock, silentLogger, type WebSocketChannel } from '@holdfast/contract'
import type { MemoryListener, SimulatedNetwork } from '@holdfast/testkit'
import { ResumableClients } from '../../src/endpoint/resumable-clients.ts'
import { SocketClient } from '../../src/endpoint/socket-client.ts'
import { ACP_ENDPOINT_LIMITS, type AcpEndpointLimits, type AcpService } from '../../src/index.ts'

/** The WebSocket half of the endpoint, behind a simulated network: frames one after another, as the gate gives them. */
export class VirtualGateway {
  readonly #clients: ResumableClients
  readonly #listener: MemoryListener
  readonly #channels = new Set<WebSocketChannel>()

  constructor(network: SimulatedNetwork, clock: Clock, service: AcpService, given: Partial<AcpEndpointLimits> = {}) {
    const limits = { ...ACP_ENDPOINT_LIMITS, ...given }
    const common = { service, clock, limits, logger: silentLogger }
    let epochs = 0
    this.#clients = new ResumableClients(common, () => {
      epochs += 1
      return `e${Math.round(clock.now())}.${epochs}`
    })
    this.#listener = network.listen((request) => {
      const channel = request.accept()
      this.#channels.add(channel)
      const principal = { id: 'ann', scopes: new Set(['control']) }
      const client = new SocketClient({ ...common, channel, principal, clients: this.#clients })
      let queue: Promise<void> = Promise.resolve()
      channel.start({
        frame: (frame) => {
          queue = queue.then(() => client.frame(frame))
        },
        closed: (end) => {
          this.#channels.delete(channel)
          void queue.then(() => client.closed(end))
        },
      })
    })
  }

  /** Clients that are remembered. */
  get size(): number {
    return this.#clients.size
  }

  /** As with kill -9: sockets break, and memory is gone. */
  die(): void {
    this.#listener.close()
    for (const channel of this.#channels) channel.terminate()
    this.#clients.close()
  }
}
